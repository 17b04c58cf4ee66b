namespace TrustRpc.Client.CommandLine;

/// <summary>What a shell can complete in the place of a word.</summary>
internal enum Completion
{
    None,
    Files,

    /// <summary>Names of the server's methods.</summary>
    Methods,

    /// <summary>One of the words that the description names.</summary>
    Choices,
}
