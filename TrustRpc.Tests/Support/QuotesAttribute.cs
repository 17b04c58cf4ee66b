namespace TrustRpc.Tests.Support;

/// <summary>The sentence of <c>docs/PROTOCOL.md</c> that a test holds the code to, word by word.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class QuotesAttribute(string sentence) : Attribute
{
    public string Sentence => sentence;
}
