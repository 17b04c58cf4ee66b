namespace TrustRpc.Client.Prompt;

/// <summary>The terminal of this process.</summary>
internal sealed class TerminalScreen : IScreen
{
    private const int UsualWidth = 80;

    public int Width
    {
        get
        {
            try
            {
                return Console.WindowWidth > 0 ? Console.WindowWidth : UsualWidth;
            }
            catch (IOException)
            {
                return UsualWidth;
            }
        }
    }

    public ConsoleKeyInfo ReadKey() => Console.ReadKey(intercept: true);

    public void Write(string text) => Console.Write(text);
}
