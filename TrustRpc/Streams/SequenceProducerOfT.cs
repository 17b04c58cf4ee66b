using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using TrustRpc.Framing;
using TrustRpc.Messages;

namespace TrustRpc.Streams;

/// <summary>Moves the user's enumerator and writes what it yields.</summary>
internal sealed class SequenceProducer<T> : SequenceProducer
{
    private readonly IAsyncEnumerable<T> _source;
    private readonly JsonTypeInfo<T> _itemType;
    private readonly Action _moved;
    private IAsyncEnumerator<T>? _enumerator;
    private ConfiguredValueTaskAwaitable<bool>.ConfiguredValueTaskAwaiter _move;

    /// <param name="host">The connection.</param>
    /// <param name="owner">Where it is found by its token.</param>
    /// <param name="method">The method whose argument or result it is.</param>
    /// <param name="source">The sequence; enumerated once.</param>
    /// <param name="itemType">How its items are written.</param>
    /// <param name="cancellation">The source of the token that the method already has, where this is its whole result; null = none.</param>
    /// <param name="methodToken">That token, where this is a part of the result; null = none.</param>
    public SequenceProducer(
        IStreamHost host, Producers owner, string method, IAsyncEnumerable<T> source, JsonTypeInfo<T> itemType, CancellationTokenSource? cancellation = null, MethodToken? methodToken = null)
        : base(host, owner, method, cancellation, methodToken)
    {
        _source = source;
        _itemType = itemType;
        _moved = Moved;
    }

    public override void Execute() => Run(toFirstAnswer: false);

    private protected override bool RunToFirstAnswer() => Run(toFirstAnswer: true);

    private bool Run(bool toFirstAnswer)
    {
        Made = 0;
        try
        {
            while (IsWanted)
            {
                _enumerator ??= _source.GetAsyncEnumerator(Cancellation);
                ValueTask<bool> move = _enumerator.MoveNextAsync();
                if (!move.IsCompleted)
                {
                    Wait(move);
                    return false;
                }

                if (!move.Result)
                {
                    break;
                }

                if (!Take(_enumerator.Current))
                {
                    return false;
                }

                if (toFirstAnswer && !Gathers)
                {
                    return true;
                }
            }
        }
        catch (Exception e)
        {
            End(e);
            return false;
        }

        End(null);
        return false;
    }

    private void Wait(ValueTask<bool> move)
    {
        _move = move.ConfigureAwait(false).GetAwaiter();
        Waits();
        _move.UnsafeOnCompleted(_moved);
    }

    private void Moved()
    {
        try
        {
            if (_move.GetResult())
            {
                if (!Take(_enumerator!.Current))
                {
                    return;
                }
            }
            else
            {
                End(null);
                return;
            }
        }
        catch (Exception e)
        {
            End(e);
            return;
        }

        Execute();
    }

    private bool Take(T item)
    {
        Made++;
        try
        {
            Items.Write(item, _itemType);
        }
        catch (Exception e)
        {
            string why = e is FrameTooLargeException ? e.Message : WriteFault.Find(Items.WrittenSoFar(), e).ForPeer(e);
            throw new RpcException(RpcErrorCode.ResultNotSendable, $"An item of '{Method}' cannot be sent: {why}", e);
        }

        return Keep();
    }

    private void End(Exception? failure)
    {
        IAsyncEnumerator<T>? enumerator = _enumerator;
        _enumerator = null;
        ValueTask disposal = default;
        try
        {
            disposal = enumerator?.DisposeAsync() ?? default;
        }
        catch (Exception e)
        {
            failure ??= e;
        }

        if (disposal.IsCompletedSuccessfully)
        {
            Ended(failure);
        }
        else
        {
            Waits();
            _ = EndLater(disposal, failure);
        }
    }

    private async Task EndLater(ValueTask disposal, Exception? failure)
    {
        try
        {
            await disposal.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure ??= e;
        }

        Ended(failure);
    }
}
