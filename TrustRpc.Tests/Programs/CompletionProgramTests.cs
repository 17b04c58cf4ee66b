using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class CompletionProgramTests
{
    [UnixTheory]
    [InlineData("trustrpc ca", "call")]
    [InlineData("trustrpc s", "stream", "shell", "send", "subscribe", "sync", "serve")]
    [InlineData("trustrpc help desc", "describe")]
    [InlineData("trustrpc call --ti", "--timeout")]
    [InlineData("trustrpc call --timeout 3 --ti")]
    [InlineData("trustrpc completion z", "zsh")]
    [InlineData("trustrpc call greet", "greet", "greeter.Count", "greeter.Greet")]
    [InlineData("trustrpc describe --json greeter.C", "greeter.Count")]
    [InlineData("trustrpc call greet A")]
    [InlineData("trustrpc nonsense x")]
    [InlineData("trustrpc call --server unix:nobody.sock gr")]
    public async Task Bash_completes_by_its_own_function(string line, params string[] expected)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:complete.sock");
        place.Environment["TRUSTRPC_SERVER"] = address;
        place.Environment["CLIENT"] = Repository.Program("TrustRpc.Client");
        place.Environment["LINE"] = line;

        ProgramResult run = await place.StartProgram(
            "bash",
            "--norc",
            "-c",
            """
            trustrpc() { dotnet "$CLIENT" "$@"; }
            eval "$(trustrpc completion bash)"
            complete -p trustrpc >&2
            read -ra COMP_WORDS <<< "$LINE"
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$LINE COMP_POINT=${#LINE}
            _trustrpc
            printf '%s\n' "${COMPREPLY[@]}"
            """).EndAsync();

        Assert.Equal(expected, run.Ended(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("complete -o default -F _trustrpc trustrpc\n", run.Errors);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F")]
    [InlineData("zsh", "#compdef trustrpc")]
    [InlineData("fish", "complete -c trustrpc")]
    [InlineData("powershell", "Register-ArgumentCompleter")]
    public async Task Each_shell_has_a_script(string shell, string expected)
    {
        await using Workplace place = new();

        Assert.Contains(expected, (await place.RunClientAsync("completion", shell)).Ended(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_shell_is_told_which_there_are()
    {
        await using Workplace place = new();

        (await place.RunClientAsync("completion", "tcsh")).EndedWithOneLine(2, "bash, zsh, fish, powershell");
    }
}
