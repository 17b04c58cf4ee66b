namespace TrustRpc.Messages;

/// <summary>What an exception of the program's own says, which may throw itself when it is asked: its call must be answered, and the thread goes on to others.</summary>
internal static class ExceptionText
{
    /// <summary>Its message.</summary>
    public static string Of(Exception e)
    {
        try
        {
            return e.Message;
        }
        catch (Exception inText)
        {
            return Instead(e, inText);
        }
    }

    /// <summary>All of it, for a log.</summary>
    public static string Whole(Exception e)
    {
        try
        {
            return e.ToString();
        }
        catch (Exception inText)
        {
            return Instead(e, inText);
        }
    }

    private static string Instead(Exception e, Exception inText) => $"{e.GetType().Name}, which throws {inText.GetType().Name} when it is asked what it says.";
}
