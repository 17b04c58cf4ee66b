namespace TrustRpc.Hosting;

/// <summary>Bounds the connections that have not finished the handshake, in all and per address: until then anyone may be there. Thread-safe.</summary>
internal sealed class HandshakeGate(int max, int maxPerAddress)
{
    private readonly Dictionary<string, int> _byAddress = [];
    private int _count;

    /// <summary>False where the connection is one too many.</summary>
    public bool TryEnter(string address)
    {
        lock (_byAddress)
        {
            int here = _byAddress.GetValueOrDefault(address);
            if (_count >= max || here >= maxPerAddress)
            {
                return false;
            }

            _count++;
            _byAddress[address] = here + 1;
            return true;
        }
    }

    public void Leave(string address)
    {
        lock (_byAddress)
        {
            _count--;
            if (--_byAddress[address] == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }
}
