namespace TrustRpc.Client.CommandLine;

/// <summary>A word of a command line that is no option.</summary>
/// <param name="Name">How it is called in the usage, in capitals.</param>
/// <param name="Text">What it is, without a full stop.</param>
/// <param name="IsOptional">Whether it may be left out, and with it all behind it.</param>
/// <param name="IsRepeated">Whether there may be any number of it; the last one alone.</param>
/// <param name="Completion">What stands there.</param>
internal sealed record Operand(string Name, string Text, bool IsOptional = false, bool IsRepeated = false, Completion Completion = Completion.None)
{
    public static readonly Operand Method = new("METHOD", "the name of a method", Completion: Completion.Methods);

    /// <summary>The words for <see cref="Completion.Choices"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    public string Usage
    {
        get
        {
            string word = IsRepeated ? Name + "..." : Name;
            return IsOptional ? $"[{word}]" : word;
        }
    }
}
