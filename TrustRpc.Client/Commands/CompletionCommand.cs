using TrustRpc.Client.CommandLine;
using TrustRpc.Programs;

namespace TrustRpc.Client.Commands;

/// <summary><c>completion</c>: scripts by which shells complete command lines of this program; they ask it each time (<c>complete</c>).</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # Completion of trustrpc for bash.
        _trustrpc() {
            local word
            COMPREPLY=()
            while IFS= read -r word; do
                COMPREPLY+=("$word")
            done < <("${COMP_WORDS[0]}" complete -- "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
        }
        complete -o default -F _trustrpc trustrpc
        """;

    private const string Zsh = """
        #compdef trustrpc
        # Completion of trustrpc for zsh.
        _trustrpc() {
            local -a found
            found=("${(@f)$("${words[1]}" complete -- "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null)}")
            if [[ -n "${found[1]}" ]]; then
                compadd -a found
            else
                _files
            fi
        }
        # From a directory of fpath this file is the function itself, and stands for its first call as well.
        if [[ "${funcstack[1]}" == _trustrpc ]]; then
            _trustrpc
        else
            compdef _trustrpc trustrpc
        fi
        """;

    private const string Fish = """
        # Completion of trustrpc for fish.
        function __trustrpc_complete
            set -l program (commandline -opc)[1]
            set -l found ($program complete -- (commandline -cp | string collect) 2>/dev/null)
            if set -q found[1]
                printf '%s\n' $found
            else
                __fish_complete_path (commandline -ct)
            end
        end
        complete -c trustrpc -f -a '(__trustrpc_complete)'
        """;

    private const string PowerShell = """
        # Completion of trustrpc for PowerShell.
        Register-ArgumentCompleter -Native -CommandName trustrpc -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString().PadRight($cursorPosition).Substring(0, $cursorPosition)
            & $commandAst.GetCommandName() complete -- $line 2>$null | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    private static readonly Dictionary<string, string> Scripts = new() { ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish, ["powershell"] = PowerShell };

    public static Command Description => new("completion", "Prints a script by which a shell completes what is typed")
    {
        Operands = [new("SHELL", string.Join(", ", Scripts.Keys), Completion: Completion.Choices) { Choices = [.. Scripts.Keys] }],
        Notes =
        [
            "It completes sub-commands, options and, where a server answers at once, the names of its methods. Where it is to be loaded each time:",
            "bash: a line in ~/.bashrc. zsh: a line in ~/.zshrc, below compinit, or a file _trustrpc in a directory of fpath. fish: a file in ~/.config/fish/completions. PowerShell: a line in $PROFILE.",
        ],
        ExitCodes = ExitMeaning.OfLocal,
        Examples =
        [
            "source <(trustrpc completion bash)",
            "source <(trustrpc completion zsh)",
            "trustrpc completion fish > ~/.config/fish/completions/trustrpc.fish",
            "trustrpc completion powershell | Out-String | Invoke-Expression",
        ],
        RunAsync = static arguments =>
        {
            string shell = arguments.Values[0];
            if (!Scripts.TryGetValue(shell, out string? script))
            {
                throw new UsageException($"There is no completion for '{shell}'; there is one for {string.Join(", ", Scripts.Keys)}.");
            }

            Console.Out.Write(script.ReplaceLineEndings("\n") + "\n");
            return Task.FromResult(ExitCode.Done);
        },
    };
}
