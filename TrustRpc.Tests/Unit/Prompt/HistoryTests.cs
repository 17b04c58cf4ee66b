using TrustRpc.Client.Prompt;

namespace TrustRpc.Tests.Unit.Prompt;

public sealed class HistoryTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("trustrpc-test-");

    private string File_ => Path.Combine(_directory.FullName, "state", "history");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Lines_are_there_again_the_next_time_for_their_owner_alone()
    {
        History first = new(File_);
        first.Add("greet Ada");
        first.Add("add 1 2");

        Assert.Equal(["greet Ada", "add 1 2"], new History(File_).Lines);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(File_) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public void What_begins_with_a_space_repeats_or_is_empty_is_not_kept()
    {
        History history = new(File_);
        foreach (string line in (string[])["a", "a", " secret", "", "  ", "b", "a"])
        {
            history.Add(line);
        }

        Assert.Equal(["a", "b", "a"], new History(File_).Lines);
    }

    [Fact]
    public void A_file_that_others_could_read_is_closed_to_them()
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(File_)!);
            File.WriteAllText(File_, "old\n");
            File.SetUnixFileMode(File_, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

            new History(File_).Add("new");

            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(File_));
            Assert.Equal(["old", "new"], new History(File_).Lines);
        }
    }

    [Fact]
    public void The_oldest_lines_go()
    {
        History history = new(File_);
        for (int i = 0; i < 2500; i++)
        {
            history.Add($"line {i}");
        }

        Assert.Equal(1000, history.Lines.Count);
        Assert.Equal("line 1500", new History(File_).Lines[0]);
        Assert.Equal(1000, File.ReadLines(File_).Count());
    }

    [Fact]
    public void Without_a_file_it_is_kept_in_memory()
    {
        History history = new(Path.Combine(_directory.FullName));
        history.Add("a");

        Assert.Equal(["a"], history.Lines);
    }
}
