using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Documentation;

/// <summary>Every block of Python in the documentation is a program that runs against the server program.</summary>
public sealed class PythonBlockTests
{
    public static TheoryData<string, string> Blocks
    {
        get
        {
            TheoryData<string, string> blocks = [];
            foreach (string path in Documents.All)
            {
                foreach ((int number, MarkdownBlock block) in MarkdownBlock.In(path).Where(block => block.Language == "python").Index())
                {
                    blocks.Add($"{Documents.NameOf(path)}, {number + 1}", block.Text);
                }
            }

            return blocks;
        }
    }

    [PythonTheory]
    [MemberData(nameof(Blocks))]
    public async Task A_block_runs_and_prints_what_the_server_answers(string where, string code)
    {
        await using Workplace place = new();
        await place.ServeAsync("unix:greeter.sock");
        await File.WriteAllTextAsync(place.PathOf("block.py"), code);
        place.Environment["PYTHONPATH"] = Repository.PathOf("samples", "python");
        place.Environment["PYTHONDONTWRITEBYTECODE"] = "1";

        ProgramResult run = await place.StartProgram(PythonTheoryAttribute.Program, "block.py").EndAsync();

        Assert.True(run.Ended(0).Output.EndsWith("\n1\n2\n3\n", StringComparison.Ordinal), $"{where} printed:\n{run.Output}");
    }
}
