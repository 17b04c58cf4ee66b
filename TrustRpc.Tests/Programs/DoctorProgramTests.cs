using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

/// <summary><c>doctor</c>: what it finds, and what it says is to be done.</summary>
public sealed class DoctorProgramTests
{
    [Theory]
    [InlineData("unix:well.sock", "mode          plain: the kernel keeps others out")]
    [InlineData("tcp://127.0.0.1:0", "mode          sealed with ")]
    [InlineData("tls://localhost:0", "mode          plain inside TLS")]
    [InlineData("tcp://127.0.0.1:0?mode=plain", "mode          plain over TCP within this machine")]
    [InlineData("pipe://./PIPE", "mode          plain: the kernel keeps others out")]
    public async Task Where_all_is_well_each_check_says_what_it_found(string listen, string mode)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync(listen.Replace("PIPE", Guid.NewGuid().ToString("N"), StringComparison.Ordinal), "--name", "well");

        ProgramResult run = await place.RunClientAsync("doctor", address);

        Assert.DoesNotContain("✗", run.Ended(0).Output, StringComparison.Ordinal);
        string fingerprint = TrustId.Parse(place.Secret).Fingerprint;
        foreach (string part in (string[])["✓ secret        from the variable TRUST_ID; generated", $"✓ fingerprint   {fingerprint} at this end", $"✓ address       {address}, from the command line", $"'well' holds the same secret ({fingerprint} at both ends)", mode, "✓ protocol      version 1", "✓ round trip    ", "✓ clock         the server's is ", "Calls get through"])
        {
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(-605, "! clock         the server's is 10 minutes behind this machine's")]
    [InlineData(-30.5, "! clock         the server's is 30 s behind this machine's")]
    [InlineData(90_010, "! clock         the server's is 25 hours ahead of this machine's")]
    public async Task Clocks_that_are_far_apart_are_a_warning_with_what_to_do(double seconds, string expected)
    {
        await using Workplace place = new();
        await using RpcServer server = await place.ServeHereAsync("clock.sock", services => { }, options => options.TimeProvider = new OtherClock(TimeSpan.FromSeconds(seconds)));

        string output = (await place.RunClientAsync("doctor")).Ended(0).Output;

        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Contains("have both clocks set by NTP", output, StringComparison.Ordinal);
        Assert.Contains("Calls get through, with one warning.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_tell_its_time_is_said_not_to()
    {
        await using Workplace place = new();
        await using TrustListener listener = await TrustListener.ListenAsync(RpcEndpoint.Parse("unix://" + place.PathOf("silent.sock")), new RpcServerOptions { TrustId = TrustId.Parse(place.Secret) });
        Task serving = AnswerWithNullAsync(listener);

        string output = (await place.RunClientAsync("doctor", "unix:silent.sock")).Ended(0).Output;

        Assert.Contains("- clock         not compared: the server does not tell its time", output, StringComparison.Ordinal);
        await listener.DisposeAsync();
        await serving;
    }

    [Fact]
    public async Task As_JSON_it_is_one_object_for_programs()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:well.sock");

        JsonElement well = JsonElement.Parse((await place.RunClientAsync("doctor", address, "--json")).Ended(0).Output);
        JsonElement ill = JsonElement.Parse((await place.RunClientAsync("doctor", "unix:nobody.sock", "--json")).Ended(3).Output);

        Assert.True(well.GetProperty("passed").GetBoolean());
        Assert.Contains(well.GetProperty("checks").EnumerateArray(), check => check.GetProperty("check").GetString() == "handshake" && check.GetProperty("mark").GetString() == "ok");
        Assert.False(ill.GetProperty("passed").GetBoolean());
        Assert.Contains(ill.GetProperty("checks").EnumerateArray(), check => check.GetProperty("mark").GetString() == "failed" && check.GetProperty("advice").GetString()!.Contains("Is the server running?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_secret_it_still_looks_whether_the_server_is_there()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");
        place.Environment["TRUST_ID"] = "";

        string output = (await place.RunClientAsync("doctor", address)).Ended(2).Output;

        Assert.Contains("✗ secret        TRUST_ID is not set", output, StringComparison.Ordinal);
        Assert.Contains("→ Both ends need the same line", output, StringComparison.Ordinal);
        Assert.Contains("is open", output, StringComparison.Ordinal);
        Assert.Contains("- handshake     not tried without a secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_secret_is_told_with_the_fingerprint_to_compare()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:other.sock");
        TrustId other = TrustId.Generate();
        place.Environment["TRUST_ID"] = other.ExportSecretText();

        string output = (await place.RunClientAsync("doctor", address)).Ended(4).Output;

        Assert.Contains("✗ handshake", output, StringComparison.Ordinal);
        Assert.Contains($"this end's is {other.Fingerprint}", output, StringComparison.Ordinal);
        Assert.DoesNotContain(other.ExportSecretText(), output, StringComparison.Ordinal);
        Assert.Contains("- round trip    not tried", output, StringComparison.Ordinal);
    }

    [UnixFact]
    public async Task A_weak_secret_in_a_file_for_everybody_is_two_warnings()
    {
        await using Workplace place = new();
        const string Text = "correct horse battery staple";
        place.Environment["TRUST_ID"] = "";
        await File.WriteAllTextAsync(place.PathOf(".env"), $"TRUST_ID=\"{Text}\"\n");
        _ = !OperatingSystem.IsWindows() && Chmod(place.PathOf(".env"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        (_, string address) = await place.ServeAsync("unix:weak.sock");

        ProgramResult run = await place.RunClientAsync("doctor", address);

        Assert.Contains("mode 644)", run.Ended(0).Output, StringComparison.Ordinal);
        Assert.Contains("run: chmod 600", run.Output, StringComparison.Ordinal);
        Assert.Contains("can be guessed", run.Output, StringComparison.Ordinal);
        Assert.Contains("with 2 warnings", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Text, run.Output, StringComparison.Ordinal);
        (await place.RunClientAsync("doctor", address, "--strict")).Ended(1);
    }

    [UnixFact]
    public async Task A_socket_file_is_looked_at_before_it_is_used()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:left.sock");
        _ = !OperatingSystem.IsWindows() && Chmod(place.PathOf("left.sock"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
        Assert.Contains("! socket", (await place.RunClientAsync("doctor", address)).Ended(0).Output, StringComparison.Ordinal);
        server.Signal(ProgramRun.Kill);
        await server.EndAsync();
        await File.WriteAllTextAsync(place.PathOf("text"), "no socket");

        Assert.Contains("The server that made the file has ended", (await place.RunClientAsync("doctor", address)).Ended(3).Output, StringComparison.Ordinal);
        Assert.Contains("there is no ", (await place.RunClientAsync("doctor", "unix:never.sock")).Ended(3).Output, StringComparison.Ordinal);
        string text = (await place.RunClientAsync("doctor", "unix:text")).Ended(3).Output;
        Assert.Contains("is no socket", text, StringComparison.Ordinal);
        Assert.DoesNotContain("has ended without removing it", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_a_name_that_nobody_knows_and_another_program_are_told_apart()
    {
        await using Workplace place = new();
        using TcpListener stranger = new(IPAddress.Loopback, 0);
        stranger.Start();
        int port = ((IPEndPoint)stranger.LocalEndpoint).Port;
        Task greeting = GreetAllAsync(stranger);

        string other = (await place.RunClientAsync("doctor", $"tcp://127.0.0.1:{port}")).Ended(4).Output;
        stranger.Stop();
        await greeting;
        string refused = (await place.RunClientAsync("doctor", $"tcp://127.0.0.1:{port}")).Ended(3).Output;
        string unknown = (await place.RunClientAsync("doctor", "tcp://no-such-host.invalid:1")).Ended(3).Output;

        Assert.Contains("✓ port", other, StringComparison.Ordinal);
        Assert.Contains("→ Something else listens there", other, StringComparison.Ordinal);
        Assert.Contains("refuses: nobody listens there", refused, StringComparison.Ordinal);
        Assert.Contains("no-such-host.invalid is not found", unknown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_that_allow_no_common_mode_are_told_so()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("tcp://127.0.0.1:0");

        string output = (await place.RunClientAsync("doctor", address + "?mode=plain")).Ended(4).Output;

        Assert.Contains("→ One end allows plain alone", output, StringComparison.Ordinal);
    }

    // A peer of an earlier version: whatever is asked, it says that it is there.
    private static async Task AnswerWithNullAsync(TrustListener listener)
    {
        while (await listener.AcceptAsync() is { } stream)
        {
            await using (stream)
            {
                FrameStream frames = new(stream);
                while (await frames.ReadAsync() is { } frame)
                {
                    if (JsonElement.Parse(frame).TryGetProperty("id", out JsonElement id))
                    {
                        await frames.WriteAsync(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","id":{{id}},"result":null}"""));
                    }
                }
            }
        }
    }

    private static async Task GreetAllAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync("220 mail.example.org ESMTP\r\n"u8.ToArray());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // Stopped.
        }
    }

    private sealed class OtherClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static bool Chmod(string path, UnixFileMode mode)
    {
        File.SetUnixFileMode(path, mode);
        return true;
    }
}
