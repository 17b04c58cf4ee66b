using System.Text.Json;
using TrustRpc.Management;
using TrustRpc.Tests.Support;
using Xunit.Abstractions;

namespace TrustRpc.Tests.Programs;

/// <summary>A server, a process of its own, that is killed while it writes the file of its clients: nobody is lost, and what is torn is repaired and told. Unix sockets and TCP take turns.</summary>
public sealed class KilledServerTests(ITestOutputHelper output)
{
    private const int Clients = 20_000;
    private const int Rounds = 4;

    [UnixFact]
    public async Task Killed_while_it_adds_lines_to_its_file_it_has_lost_nobody()
        => await KillAsync(seed: 2026, writtenBefore: 1, watched: "clients.jsonl");

    [UnixFact]
    public async Task Killed_while_it_writes_its_file_anew_it_has_lost_nobody()
        => await KillAsync(seed: 2027, writtenBefore: 2, watched: "clients.jsonl.new");

    // All of them were connected, so the server begins with a line for each; and where most lines are outdated then, it writes the file anew.
    private async Task KillAsync(int seed, int writtenBefore, string watched)
    {
        Random random = new(seed);
        await using Workplace place = new();
        string path = place.PathOf("clients.jsonl");
        int torn = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await PrepareAsync(path, writtenBefore);
            long moment = Length(place.PathOf(watched)) + random.Next(3_000_000);
            string listen = round % 2 == 0 ? "unix:killed.sock" : "tcp://127.0.0.1:0";
            ProgramRun server = place.StartServer("--listen", listen, "--clients", path);
            Task<string> serving = server.ReadUntilAsync("Serving on ");
            while (Length(place.PathOf(watched)) <= moment && !serving.IsCompleted)
                Thread.SpinWait(100);

            server.Signal(ProgramRun.Kill);
            await server.EndAsync();
            _ = serving.Exception;
            byte[] left = await File.ReadAllBytesAsync(path);
            bool isTorn = left[^1] != '\n';
            torn += isTorn ? 1 : 0;
            output.WriteLine($"Seed {seed}, round {round}: killed when {watched} had more than {moment} bytes; {left.Length} bytes of the file are left, {(isTorn ? "the last line torn" : "all lines whole")}.");
            await CheckAsync(place, listen, path, isTorn);
        }

        output.WriteLine($"{torn} of {Rounds} times the last line was torn.");
    }

    private static async Task PrepareAsync(string path, int times)
    {
        File.Delete(path);
        await using (FileClientStore store = new(path))
        {
            await store.OpenAsync();
            KnownClient[] clients = [.. Enumerable.Range(0, Clients).Select(i => ClientStoreContract.Client($"{i:00000}", $"client {i}"))];
            for (int i = 0; i < times; i++)
                await store.SaveAsync(clients);
        }
    }

    private static async Task CheckAsync(Workplace place, string listen, string path, bool isTorn)
    {
        (ProgramRun server, string address) = await place.ServeAsync(listen, "--clients", path);
        if (isTorn)
            await server.ReadErrorsUntilAsync("cut off");
        place.Environment["TRUSTRPC_SERVER"] = address;
        JsonElement last = JsonElement.Parse((await place.RunClientAsync("clients", "--offline", "--page", $"{(Clients / 500) - 1}", "--json")).Ended(0).Output);
        server.Signal(ProgramRun.Terminate);
        (await server.EndAsync()).Ended(0);

        Assert.Equal(Clients, last.GetProperty("total").GetInt32());
        Assert.Equal(500, last.GetProperty("clients").GetArrayLength());
        await using FileClientStore store = new(path, Assert.Fail);
        await store.OpenAsync();
        for (int i = 0; i < Clients; i++)
            Assert.Equal(ClientStoreContract.Client($"{i:00000}", $"client {i}", online: false), await store.FindAsync($"{i:00000}"));
    }

    private static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;
}
