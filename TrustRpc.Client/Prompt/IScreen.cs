namespace TrustRpc.Client.Prompt;

/// <summary>A terminal as the line editor needs it.</summary>
internal interface IScreen
{
    /// <summary>Columns.</summary>
    int Width { get; }

    /// <summary>Waits for a key, which does not appear by itself.</summary>
    ConsoleKeyInfo ReadKey();

    void Write(string text);
}
