namespace TrustRpc.Client.CommandLine;

/// <summary>An option of a sub-command.</summary>
/// <param name="Name">With its dashes.</param>
/// <param name="Value">How its value is called, in capitals; null = it is a flag.</param>
/// <param name="Text">What it does, without a full stop.</param>
internal sealed record Option(string Name, string? Value, string Text)
{
    public static readonly Option Help = new("--help", null, "this") { Short = "-h" };
    public static readonly Option Json = new("--json", null, "print JSON for programs instead");
    public static readonly Option Verbose = new("--verbose", null, "log to standard error");

    public static readonly Option Server = new("--server", "URI", "the server")
    {
        Default = "the variable TRUSTRPC_SERVER, else that name in the nearest .env, else the server program's own",
    };

    /// <summary>A dash and a letter that stand for the name; null = nothing does.</summary>
    public string? Short { get; init; }

    /// <summary>What goes where it is not given; null = goes without saying.</summary>
    public string? Default { get; init; }

    /// <summary>Whether it may be given several times; else that is a mistake.</summary>
    public bool MayRepeat { get; init; }

    /// <summary>What a shell completes as its value.</summary>
    public Completion Completion { get; init; }

    /// <summary>The words for <see cref="Completion.Choices"/>.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>As it stands in the help.</summary>
    public string Term => (Short is null ? "" : Short + ", ") + (Value is null ? Name : $"{Name} {Value}");

    /// <summary>What the help says of it.</summary>
    public string Explanation => Text + (MayRepeat ? "; may be given several times" : "") + (Default is null ? "" : $"; default: {Default}");
}
