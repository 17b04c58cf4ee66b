using System.Globalization;
using System.Text.Json;
using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary>The progress of a call on standard error: on a terminal a bar that stays in its line, else a line for each report or nothing. Thread-safe.</summary>
/// <param name="total">What reports that are numbers count up to; null = nobody knows.</param>
/// <param name="onTerminalAlone">Whether reports are dropped elsewhere.</param>
internal sealed class ProgressBar(long? total, bool onTerminalAlone = false) : IProgress<JsonElement>, IDisposable
{
    public static readonly Option Total = new("--total", "N", "what progress counts up to, for the bar") { Default = "what the reports say" };

    private const int Cells = 30;
    private const int MostCharacters = 40;
    private const string EraseLine = "\r\e[K";

    // How reports that are objects commonly call them.
    private static readonly string[] DoneNames = ["done", "completed", "current", "value", "step", "page", "count"];
    private static readonly string[] TotalNames = ["total", "of", "max", "steps", "pages"];

    private readonly Lock _gate = new();
    private bool _isShown;

    /// <summary>Whether somebody sees a bar.</summary>
    public static bool IsSeen => Terminal.Error.IsScreen;

    /// <summary>What was given as <see cref="Total"/>.</summary>
    /// <exception cref="UsageException">It is no such number.</exception>
    public static long? TotalIn(Arguments arguments) => arguments.One(Total.Name) is { } number ? Numbers.Read(Total.Name, number, 0, long.MaxValue) : null;

    public void Report(JsonElement value)
    {
        lock (_gate)
        {
            if (IsSeen || !onTerminalAlone)
            {
                Console.Error.Write(IsSeen ? EraseLine + Bar(value) : $"progress {Text(value)}\n");
                _isShown = IsSeen;
            }
        }
    }

    /// <summary>Takes it off the terminal, so that something else can be printed.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            if (_isShown)
            {
                Console.Error.Write(EraseLine);
                _isShown = false;
            }
        }
    }

    public void Dispose() => Clear();

    private static string Text(JsonElement value) => Run.OneLine(Name.Printable(value.GetRawText()));

    private static double? Number(JsonElement value, string[] names)
    {
        foreach (string name in names)
        {
            if (value.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number)
            {
                return member.GetDouble();
            }
        }

        return null;
    }

    private string Bar(JsonElement value)
    {
        string text = Text(value) is { Length: > MostCharacters } long_ ? long_[..MostCharacters] + "..." : Text(value);
        if (Fraction(value) is not { } fraction)
        {
            return text;
        }

        int full = (int)(Math.Clamp(fraction, 0, 1) * Cells);
        string cells = Terminal.Error.Green(new string('#', full)) + Terminal.Error.Dim(new string('.', Cells - full));
        return string.Create(CultureInfo.InvariantCulture, $"[{cells}] {Math.Clamp(fraction, 0, 1),4:0%}  {text}");
    }

    private double? Fraction(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when total is { } all => value.GetDouble() / all,
        JsonValueKind.Number when value.GetDouble() is var part and >= 0 and <= 1 && value.GetRawText().Contains('.', StringComparison.Ordinal) => part,
        JsonValueKind.Object when Number(value, DoneNames) is { } done && (total ?? Number(value, TotalNames)) is { } all and > 0 => done / all,
        _ => null,
    };
}
