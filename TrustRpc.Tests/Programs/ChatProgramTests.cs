using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class ChatProgramTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("unix:chat.sock")]
    public async Task What_one_types_everyone_reads_and_the_end_of_input_ends_it(string listen)
    {
        await using Workplace place = new();
        string address = (await place.StartServer("chat", "--listen", listen).ReadUntilAsync("Chat on "))["Chat on ".Length..];
        ProgramRun ada = place.StartClient("chat", "--name", "ada", "--server", address);
        await ada.ReadUntilAsync("server: ada is here");
        ProgramRun bob = place.StartClient("chat", "--name", "bob", "--server", address);
        await ada.ReadUntilAsync("server: bob is here");

        await ada.TypeAsync("good evening");

        Assert.Equal("ada: good evening", await ada.ReadUntilAsync("ada: "));
        Assert.Equal("ada: good evening", await bob.ReadUntilAsync("ada: "));
        bob.EndInput();
        (await bob.EndAsync()).Ended(0);
        await ada.ReadUntilAsync("server: bob has left");
    }

    [Fact]
    public async Task A_line_piped_in_comes_back_before_the_end()
    {
        await using Workplace place = new();
        string address = (await place.StartServer("chat", "--listen", "unix:chat.sock").ReadUntilAsync("Chat on "))["Chat on ".Length..];
        ProgramRun ada = place.StartClient("chat", "--name", "ada", "--server", address);
        await ada.TypeAsync("is anybody there?");
        ada.EndInput();

        Assert.Contains("ada: is anybody there?", (await ada.EndAsync()).Ended(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_serves_no_chat_is_not_taken_for_one()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:rpc.sock");
        ProgramRun ada = place.StartClient("chat", "--name", "ada", "--server", address);
        await ada.TypeAsync("is anybody there?");

        ProgramResult ended = (await ada.EndAsync()).Ended(3);

        Assert.Contains("Is a chat served there", ended.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("In the chat", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_secret_stays_out()
    {
        await using Workplace place = new();
        string address = (await place.StartServer("chat", "--listen", "unix:chat.sock").ReadUntilAsync("Chat on "))["Chat on ".Length..];
        place.Environment["TRUST_ID"] = TrustId.Generate().ExportSecretText();

        (await place.RunClientAsync("chat", "--server", address)).EndedWithOneLine(4, "TRUST_ID differs");
    }

    [UnixFact]
    public async Task A_signal_ends_both_ends_in_order()
    {
        await using Workplace place = new();
        ProgramRun server = place.StartServer("chat", "--listen", "unix:chat.sock");
        await server.ReadUntilAsync("Chat on ");
        ProgramRun ada = place.StartClient("chat", "--name", "ada", "--server", "unix:chat.sock");
        await ada.ReadUntilAsync("server: ada is here");

        server.Signal(ProgramRun.Terminate);

        (await server.EndAsync()).Ended(0);
        (await ada.EndAsync()).Ended(0);
        Assert.False(File.Exists(place.PathOf("chat.sock")));
    }
}
