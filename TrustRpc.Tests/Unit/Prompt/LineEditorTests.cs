using TrustRpc.Client.Prompt;

namespace TrustRpc.Tests.Unit.Prompt;

public sealed class LineEditorTests
{
    private const ConsoleKey Left = ConsoleKey.LeftArrow;
    private const ConsoleKey Right = ConsoleKey.RightArrow;
    private const ConsoleKey Up = ConsoleKey.UpArrow;
    private const ConsoleKey Down = ConsoleKey.DownArrow;
    private const ConsoleKey Enter = ConsoleKey.Enter;
    private const ConsoleKey Tab = ConsoleKey.Tab;

    private readonly FakeScreen _screen = new();
    private readonly History _history = new(null);

    [Fact]
    public void What_is_typed_is_entered_and_stands_behind_the_prompt()
    {
        _screen.Type("greet Ada").Press(Enter);

        Assert.Equal("greet Ada", Read());
        Assert.Equal(["> greet Ada"], _screen.Rows);
    }

    [Fact]
    public void Keys_move_and_take_out_where_the_cursor_is()
    {
        Assert.Equal("greet", Entered(_screen.Type("grt").Press(Left).Type("ee")));
        Assert.Equal("xabcy", Entered(_screen.Type("abc").Press(ConsoleKey.Home).Type("x").Press(ConsoleKey.End).Type("y")));
        Assert.Equal("xabcy", Entered(_screen.Type("abc").Control(ConsoleKey.A).Type("x").Control(ConsoleKey.E).Type("y")));
        Assert.Equal("ac", Entered(_screen.Type("abc").Press(Left, ConsoleKey.Backspace)));
        Assert.Equal("ab", Entered(_screen.Type("abc").Press(Left, ConsoleKey.Delete, ConsoleKey.Delete)));
        Assert.Equal("ab", Entered(_screen.Type("abc").Press(Left).Control(ConsoleKey.D)));
        Assert.Equal("ab", Entered(_screen.Type("abcd").Press(Left, Left).Control(ConsoleKey.K)));
        Assert.Equal("cd", Entered(_screen.Type("abcd").Press(Left, Left).Control(ConsoleKey.U)));
        Assert.Equal("one  three", Entered(_screen.Type("one two three").Control(Left).Press(Left).Control(ConsoleKey.W).Press(Right)));
        Assert.Equal("two one", Entered(_screen.Type("one two").Control(ConsoleKey.W).Press(ConsoleKey.Home).Control(ConsoleKey.Y).Type(" ").Press(ConsoleKey.End, ConsoleKey.Backspace)));
        Assert.Equal("onex two", Entered(_screen.Type("one two").Press(ConsoleKey.Home).Control(Right).Type("x")));
        Assert.Equal("", Entered(_screen.Press(Left, Right, ConsoleKey.Backspace, ConsoleKey.Delete, ConsoleKey.F5, ConsoleKey.Escape)));
    }

    [Fact]
    public void What_people_see_as_one_letter_is_one()
    {
        Assert.Equal("ab", Entered(_screen.Type("a👩‍👧b").Press(Left, ConsoleKey.Backspace)));
        Assert.Equal("xe\u0301", Entered(_screen.Type("e\u0301").Press(Left).Type("x")));
    }

    [Fact]
    public void Control_C_gives_the_line_up_and_Control_D_ends_it_all_where_nothing_stands()
    {
        _screen.Type("half").Control(ConsoleKey.C).Type("next").Press(Enter).Control(ConsoleKey.D);
        LineEditor editor = Editor();

        Assert.Equal("", editor.Read("> "));
        Assert.Equal("next", editor.Read("> "));
        Assert.Null(editor.Read("> "));
        Assert.Equal(["> half^C", "> next", ">"], _screen.Rows);
    }

    [Fact]
    public void The_arrow_keys_recall_lines_and_bring_back_the_one_that_was_begun()
    {
        _screen.Type("first").Press(Enter).Type("second").Press(Enter).Type("begun").Press(Up, Up, Up, Down, Down, Down, Enter).Press(Up, Up).Press(Up).Type("!").Press(Enter);
        LineEditor editor = Editor();

        List<string> entered = [];
        for (int i = 0; i < 4; i++)
        {
            entered.Add(editor.Read("> ")!);
        }

        Assert.Equal(["first", "second", "begun", "first!"], entered);
        Assert.Contains("> first", _screen.Frames);
    }

    [Fact]
    public void Tab_completes_what_is_certain_and_then_shows_what_is_possible()
    {
        Assert.Equal("greet Ada", Entered(_screen.Type("gr").Press(Tab).Type("Ada")));
        Assert.Equal("echo", Entered(_screen.Type("ec").Press(Tab, ConsoleKey.Backspace)));
        Assert.Equal("xyz", Entered(_screen.Type("xyz").Press(Tab, Tab)));
        Assert.Equal("name=", Entered(_screen.Type("na").Press(Tab)));

        FakeScreen screen = new() { Width = 30 };
        screen.Type("count").Press(Tab, Tab, Enter);
        Assert.Equal("count_", new LineEditor(screen, _history, Words).Read("> "));
        Assert.Equal(["> count_", "count_all   count_none", "> count_"], screen.Rows);
    }

    [Fact]
    public void A_line_that_is_longer_than_the_terminal_scrolls_with_the_cursor()
    {
        FakeScreen screen = new() { Width = 20 };
        screen.Type("abcdefghijklmnopqrstuvwxyz").Press(ConsoleKey.Home, Enter);

        Assert.Equal("abcdefghijklmnopqrstuvwxyz", new LineEditor(screen, _history, Words).Read("> "));

        Assert.All(screen.Frames, frame => Assert.InRange(frame.Length, 0, 19));
        Assert.Contains("> jklmnopqrstuvwxyz", screen.Frames);
        Assert.Equal("> abcdefghijklmnopq", screen.Frames[^1]);
    }

    [Fact]
    public void The_cursor_stands_behind_letters_that_are_two_columns_wide()
    {
        _screen.Type("日本").Press(Enter);

        Assert.Equal("日本", Read());
        Assert.Equal(4, TextWidth.Of("日本"));
        Assert.Equal(2, TextWidth.Of("e\u0301x"));
    }

    private string? Entered(FakeScreen screen)
    {
        screen.Press(Enter);
        return Read();
    }

    private string? Read() => Editor().Read("> ");

    private LineEditor Editor() => new(_screen, _history, Words);

    private static (int, IReadOnlyList<string>) Words(string before) => (before.LastIndexOf(' ') + 1, ["greet", "echo", "count_all", "count_none", "name="]);
}
