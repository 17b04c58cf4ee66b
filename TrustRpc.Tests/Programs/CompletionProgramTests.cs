using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary>What the shells themselves make of the scripts, each on the same lines.</summary>
public sealed class CompletionProgramTests
{
    private const string Trustrpc = """
        #!/bin/sh
        exec "$DOTNET" "$CLIENT" "$@"
        """;

    private const string Bash = """
        eval "$(trustrpc completion bash)"
        [ "$(complete -p trustrpc)" = 'complete -o default -F _trustrpc trustrpc' ] || exit 9
        while IFS= read -r line; do
            read -ra COMP_WORDS <<< "$line"
            [ "${line% }" = "$line" ] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
            _trustrpc
            echo "> $line"
            printf '%s\n' "${COMPREPLY[@]}"
        done
        """;

    private const string Fish = """
        trustrpc completion fish | source
        while read --local --delimiter '' line
            echo "> $line"
            complete --do-complete "$line"
        end
        """;

    // An interactive shell on a terminal of its own: a line is typed, Tab is pressed, and what the script hands to the shell is written down.
    private const string Zsh = """
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'PS1=; unsetopt beep zle_bracketed_paste; autoload -Uz compinit; compinit -u -D'
        if [[ $1 == fpath ]]; then
            mkdir site-functions
            trustrpc completion zsh > site-functions/_trustrpc
            zpty -w shell 'fpath=($PWD/site-functions $fpath); compinit -u -D'
        else
            zpty -w shell 'source <(trustrpc completion zsh)'
        fi
        zpty -w shell 'compadd() { local -a hits; builtin compadd -O hits "$@"; print -rl -- $hits >> found; builtin compadd "$@" }'
        zpty -w shell '_files() { print FILES >> found }'
        zpty -w shell 'over() { BUFFER=; zle -I; print -r -- OV""ER }; zle -N over; bindkey "^X" over; bindkey "^I" complete-word; print RE""ADY'
        zpty -r shell shown '*READY*'
        while IFS= read -r line; do
            : > found
            zpty -n -w shell "$line"$'\t\x18'
            zpty -r shell shown '*OVER*'
            print -r -- "> $line"
            cat found
        done
        zpty -d shell
        """;

    private static readonly (string Line, string[] Expected)[] Lines =
    [
        ("trustrpc ca", ["call"]),
        ("trustrpc s", ["stream", "shell", "send", "subscribe", "sync", "serve"]),
        ("trustrpc help desc", ["describe"]),
        ("trustrpc call --ti", ["--timeout"]),
        ("trustrpc completion z", ["zsh"]),
        ("trustrpc completion ", ["bash", "fish", "powershell", "zsh"]),
        ("trustrpc call greet", ["greet", "greeter.Count", "greeter.Greet"]),
        ("trustrpc describe --json greeter.C", ["greeter.Count"]),
        ("trustrpc call --timeout 3 greeter.G", ["greeter.Greet"]),
    ];

    // Here there is nothing to say, and shells go on with files.
    private static readonly string[] OpenLines = ["trustrpc call --timeout 3 --ti", "trustrpc call greet app.l", "trustrpc nonsense x", "trustrpc call --server unix:nobody.sock gr", "trustrpc stream count --input app.l"];

    [ShellFact("bash")]
    public async Task Bash_completes_by_its_own_function()
    {
        await using Workplace place = new();
        Assert.Equal(Expected(files: null), await CompleteAsync(place, "bash", "--norc", "-c", Bash));
    }

    [ShellFact("fish")]
    public async Task Fish_completes_by_its_own_function()
    {
        await using Workplace place = new();
        Assert.Equal(Expected(files: "app.log"), await CompleteAsync(place, "fish", "--no-config", "-c", Fish));
    }

    [ShellFact("zsh")]
    public async Task Zsh_completes_by_its_own_function()
    {
        await using Workplace place = new();
        Assert.Equal(Expected(files: "FILES"), await CompleteAsync(place, "zsh", "-f", "-c", Zsh));
    }

    [ShellFact("zsh")]
    public async Task Zsh_loads_it_from_a_directory_as_well()
    {
        await using Workplace place = new();
        Assert.Equal(Expected(files: "FILES"), await CompleteAsync(place, "zsh", "-f", "-c", Zsh, "zsh", "fpath"));
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

    private static string Expected(string? files)
        => string.Join('\n', [.. Lines.Select(line => string.Join('\n', [$"> {line.Line}", .. line.Expected.Order(StringComparer.Ordinal)])), .. OpenLines.Select(line => OnOpen(line, files))]);

    // Fish looks whether there are such files, and there is none for most; the others hand on to what looks.
    private static string OnOpen(string line, string? files) => files is null || (files != "FILES" && !line.EndsWith("app.l", StringComparison.Ordinal)) ? $"> {line}" : $"> {line}\n{files}";

    // What is found for each line, in an order of its own: shells sort differently.
    private static async Task<string> CompleteAsync(Workplace place, string shell, params string[] words)
    {
        (_, string address) = await place.ServeAsync("unix:complete.sock");
        Directory.CreateDirectory(place.PathOf("bin"));
        await File.WriteAllTextAsync(place.PathOf("bin/trustrpc"), Trustrpc.ReplaceLineEndings("\n") + "\n");
        await File.WriteAllTextAsync(place.PathOf("app.log"), "");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(place.PathOf("bin/trustrpc"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        place.Environment["TRUSTRPC_SERVER"] = address;
        place.Environment["DOTNET"] = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        place.Environment["CLIENT"] = Repository.Program("TrustRpc.Client");
        place.Environment["PATH"] = place.PathOf("bin") + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
        place.Environment["HOME"] = place.PathOf("");
        ProgramRun run = place.StartProgram(shell, words);
        foreach (string line in Lines.Select(line => line.Line).Concat(OpenLines))
        {
            await run.TypeAsync(line);
        }

        run.EndInput();
        string[] parts = (await run.EndAsync()).Ended(0).Output.Split("> ", StringSplitOptions.RemoveEmptyEntries);
        return string.Join('\n', parts.Select(part => part.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(part => string.Join('\n', ["> " + part[0], .. part[1..].Distinct().Order(StringComparer.Ordinal)])));
    }
}
