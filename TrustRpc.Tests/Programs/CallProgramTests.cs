using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Programs;

public sealed class CallProgramTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("tcp://127.0.0.1:0?mode=plain")]
    [InlineData("unix:call.sock")]
    [InlineData("unix:call.sock?mode=sealed")]
    [InlineData("pipe://./PIPE")]
    public async Task Two_processes_with_one_secret_call_each_other(string listen)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync(listen.Replace("PIPE", Guid.NewGuid().ToString("N"), StringComparison.Ordinal));

        ProgramResult call = await place.RunClientAsync("call", "greet", "Ada", "--server", address);

        Assert.Equal("\"Hello, Ada!\"\n", call.Ended(0).Output);
        Assert.Equal("", call.Errors);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_processes_call_each_other_over_tls_with_a_self_signed_certificate(bool asPem)
    {
        await using Workplace place = new();
        string[] options = asPem ? WritePem(place) : WritePfx(place);
        (_, string address) = await place.ServeAsync("tls://127.0.0.1:0", options);

        Assert.Equal("3\n", (await place.RunClientAsync("call", "add", "1", "2", "--server", address)).Ended(0).Output);
    }

    [Theory]
    [InlineData("42", "42")]
    [InlineData("[1, {\"two\": null}]", "[1,{\"two\":null}]")]
    [InlineData("\"a text\"", "\"a text\"")]
    [InlineData("a text", "\"a text\"")]
    [InlineData("null", "null")]
    [InlineData("-5", "-5")]
    [InlineData("value=true", "true")]
    [InlineData("value=a=b", "\"a=b\"")]
    [InlineData("\"a=b\"", "\"a=b\"")]
    [InlineData("grüße 你好", "\"grüße 你好\"")]
    public async Task An_argument_is_json_or_else_a_text_by_position_or_by_name(string argument, string expected)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        Assert.Equal(expected + "\n", (await place.RunClientAsync("call", "--server", address, "echo", argument)).Ended(0).Output);
    }

    [Theory]
    [InlineData(1, "The kettle is empty.", "fail", "The kettle is empty.")]
    [InlineData(2, "by name", "add", "1", "b=2")]
    [InlineData(2, "twice", "add", "b=1", "b=2")]
    [InlineData(5, "nothing_like_it", "nothing_like_it")]
    [InlineData(5, "'b'", "add", "1")]
    [InlineData(5, "'a'", "add", "one", "2")]
    [InlineData(7, "0.2 s", "long_running_task", "60", "--timeout", "0.2")]
    public async Task An_error_is_one_line_and_an_exit_code_of_its_kind(int exitCode, string expected, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        ProgramResult call = await place.RunClientAsync(["call", "--server", address, .. words]);

        call.EndedWithOneLine(exitCode, expected);
        Assert.Equal("", call.Output);
    }

    [Fact]
    public async Task A_server_that_says_nothing_in_time_has_executed_nothing_and_one_that_leaves_is_no_matter_of_trust()
    {
        await using Workplace place = new();
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        string address = $"tcp://{silent.LocalEndpoint}";

        (await place.RunClientAsync("call", "greet", "Ada", "--timeout", "0.2", "--server", address))
            .EndedWithOneLine(7, $"No connection to {address} within 0.2 s. 'greet' was not executed.");

        ProgramRun left = place.StartClient("call", "greet", "Ada", "--server", address);
        (await silent.AcceptSocketAsync().InTime()).Dispose();
        (await silent.AcceptSocketAsync().InTime()).Dispose();
        (await left.EndAsync()).EndedWithOneLine(3, "");
    }

    [Theory]
    [InlineData("\"Hello, 42!\"", "greet", "42")]
    [InlineData("\"Hello, true!\"", "greet", "name=true")]
    [InlineData("\"Hello, {draft!\"", "greet", "{draft")]
    [InlineData("42", "echo", "42")]
    public async Task What_is_meant_as_a_text_is_what_the_method_says(string expected, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        Assert.Equal(expected + "\n", (await place.RunClientAsync(["call", "--server", address, .. words])).Ended(0).Output);
    }

    [Theory]
    [InlineData("got null. If it is meant as a text, write it as JSON: '\"null\"'", "greet", "null")]
    [InlineData("got an array. If it is meant as a text, write it as JSON: '\"[1]\"'", "greet", "name=[1]")]
    [InlineData("If it is meant as a text, write it as JSON: '\"...\"'", "greet", "{\"it's\": 1}")]
    public async Task What_went_as_json_and_was_refused_is_shown_as_the_text_that_it_may_be_meant_as(string expected, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        (await place.RunClientAsync(["call", "--server", address, .. words])).EndedWithOneLine(5, expected);
    }

    [Fact]
    public async Task A_number_that_a_server_without_descriptions_refuses_is_shown_as_the_text_that_it_may_be_meant_as()
    {
        await using Workplace place = new();
        const int smallest = 4096; // So that the description of this many methods does not fit into a message.
        await using RpcServer server = await place.ServeHereAsync(
            "silent.sock", services => Array.ForEach(Enumerable.Range(0, 100).ToArray(), i => services.Add($"greet{i}", (string name) => $"Hello, {name}!")), options => options.MaxFrameLength = smallest);

        (await place.RunClientAsync("call", "greet1", "42")).EndedWithOneLine(5, "got a number. If it is meant as a text, write it as JSON: '\"42\"'");
        Assert.Equal("\"Hello, 42!\"\n", (await place.RunClientAsync("call", "greet1", "\"42\"")).Ended(0).Output);
    }

    [Fact]
    public async Task What_is_refused_for_another_reason_is_not_taken_for_a_text()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        ProgramResult call = await place.RunClientAsync("call", "--server", address, "add", "1");
        ProgramResult other = await place.RunClientAsync("call", "--server", address, "add", "nam=1", "b=2");

        Assert.Equal("Parameter 'b' of 'add' is missing; it must be a number.\n", call.Ended(5).Errors);
        Assert.Equal("'add' has no parameter 'nam'; it takes 2 parameters (a, b).\n", other.Ended(5).Errors);
    }

    [Fact]
    public async Task What_begins_as_json_and_is_none_is_a_mistake_where_the_method_takes_no_text()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        (await place.RunClientAsync("call", "--server", address, "echo", "{\"a\":")).EndedWithOneLine(2, "{\"a\": begins as JSON but is none (at byte 6)");
        (await place.RunClientAsync("call", "--server", address, "echo", new string('[', 65) + new string(']', 65))).EndedWithOneLine(2, "has more than 64 levels");
        (await place.RunClientAsync("call", "--server", address, "echo", "\"\\ud800\"")).EndedWithOneLine(5, "Argument 1 of 'echo' cannot be written as JSON");
        (await place.RunClientAsync("call", "--server", address, "echo", "@.")).EndedWithOneLine(2, "It is a directory.");
    }

    [Fact]
    public async Task An_argument_may_stand_in_a_file_or_come_from_standard_input()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");
        await File.WriteAllTextAsync(place.PathOf("value.json"), "{\n  \"a\": 1\n}\n");
        await File.WriteAllTextAsync(place.PathOf("name.txt"), "Ada\r\n");

        Assert.Equal("{\"a\":1}\n", (await place.RunClientAsync("call", "--server", address, "echo", "@value.json")).Ended(0).Output);
        Assert.Equal("\"Hello, Ada!\"\n", (await place.RunClientAsync("call", "--server", address, "greet", "name=@name.txt")).Ended(0).Output);
        ProgramRun call = place.StartClient("call", "--server", address, "greet", "-");
        await call.TypeAsync("Grace");
        call.EndInput();
        Assert.Equal("\"Hello, Grace!\"\n", (await call.EndAsync()).Ended(0).Output);
        (await place.RunClientAsync("call", "--server", address, "add", "-", "-")).EndedWithOneLine(2, "one argument alone");
        (await place.RunClientAsync("call", "--server", address, "echo", "@none.json")).EndedWithOneLine(2, "none.json");
    }

    [Fact]
    public async Task A_notification_is_sent_and_nothing_is_printed()
    {
        await using Workplace place = new();
        TaskCompletionSource<string> noted = new();
        await using RpcServer server = await place.ServeHereAsync("note.sock", services => services.Add("note", noted.SetResult));

        ProgramResult sent = await place.RunClientAsync("call", "note", "done", "--notify");

        Assert.Equal("", sent.Ended(0).Output + sent.Errors);
        Assert.Equal("done", await noted.Task.InTime());
        Assert.Equal("", (await place.RunClientAsync("call", "nothing_like_it", "--notify")).Ended(0).Output);
    }

    [Fact]
    public async Task Progress_that_a_method_insists_on_is_taken_and_a_stream_that_it_takes_is_for_another_command()
    {
        await using Workplace place = new();
        await using RpcServer server = await place.ServeHereAsync("progress.sock", services => services.Add("work", (string what, IProgress<int> progress) =>
        {
            progress.Report(1);
            return what + " done";
        }).Add("sum", (IAsyncEnumerable<int> numbers) => numbers.SumAsync()));

        foreach (string word in (string[])["this", "what=this"])
        {
            ProgramResult run = await place.RunClientAsync("call", "work", word);
            Assert.Equal(("\"this done\"\n", ""), (run.Ended(0).Output, run.Errors));
        }

        (await place.RunClientAsync("call", "sum")).EndedWithOneLine(2, "'sum' takes a stream, 'numbers'. To feed it: trustrpc stream sum ... --input FILE");
    }

    [Fact]
    public async Task A_method_that_streams_and_one_that_is_not_there_are_answered_with_what_was_meant()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");

        (await place.RunClientAsync("call", "--server", address, "count", "3")).EndedWithOneLine(2, "trustrpc stream count");
        (await place.RunClientAsync("call", "--server", address, "gret", "Ada")).EndedWithOneLine(5, "did you mean 'greet'?");
    }

    [Fact]
    public async Task The_time_that_is_given_is_the_servers_as_well()
    {
        await using Workplace place = new();
        TaskCompletionSource<TimeSpan> left = new();
        await using RpcServer server = await place.ServeHereAsync("time.sock", services => services.Add("left", (RpcContext context) => left.SetResult(context.TimeLeft)));

        (await place.RunClientAsync("call", "left", "--timeout", "3000")).Ended(0);

        Assert.InRange((await left.Task.InTime()).TotalSeconds, 2000, 3000);
    }

    [Fact]
    public async Task Another_secret_is_not_trusted()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");
        string other = place.Environment["TRUST_ID"] = TrustId.Generate().ExportSecretText();

        ProgramResult call = await place.RunClientAsync("call", "greet", "Ada", "--server", address);

        call.EndedWithOneLine(4, "TRUST_ID differs");
        Assert.DoesNotContain(other, call.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_before_this_one_is_still_taken_by_the_server_that_names_it()
    {
        await using Workplace place = new();
        place.Environment["TRUST_ID_PREVIOUS"] = place.Secret;
        place.Environment["TRUST_ID"] = TrustId.Generate().ExportSecretText();
        (_, string address) = await place.ServeAsync("unix:call.sock");
        place.Environment["TRUST_ID"] = place.Secret;

        (await place.RunClientAsync("call", "greet", "Ada", "--server", address)).Ended(0);
    }

    [Theory]
    [InlineData(null, "call", "greet", "Ada")]
    [InlineData("", "call", "greet", "Ada")]
    [InlineData(null, "chat")]
    public async Task Without_a_secret_one_line_says_how_to_make_one(string? secret, params string[] words)
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix:call.sock");
        place.Environment.Remove("TRUST_ID");
        if (secret is not null) place.Environment["TRUST_ID"] = secret;

        (await place.RunClientAsync([.. words, "--server", address])).EndedWithOneLine(2, "-- keygen");
    }

    [Fact]
    public async Task Nobody_there_and_no_address_are_told_apart()
    {
        await using Workplace place = new();

        (await place.RunClientAsync("call", "greet", "--server", "unix:nobody.sock")).EndedWithOneLine(3, "is the server running?");
        (await place.RunClientAsync("call", "greet", "--server", "nowhere")).EndedWithOneLine(2, "'nowhere'");
        (await place.RunClientAsync("call")).EndedWithOneLine(2, "name of a method");
    }

    [Fact]
    public async Task The_server_is_found_where_the_server_program_listens_by_default_or_where_the_variable_says()
    {
        await using Workplace place = new();
        (_, string address) = await place.ServeAsync("unix://" + place.PathOf("trustrpc/server.sock"));
        (await place.RunClientAsync("call", "greet", "Ada")).Ended(0);

        place.Environment["TRUSTRPC_SERVER"] = "unix:elsewhere.sock";
        (await place.RunClientAsync("call", "greet", "Ada")).EndedWithOneLine(3, "elsewhere.sock");
        (await place.RunClientAsync("call", "greet", "Ada", "--server", address)).Ended(0);
    }

    [UnixFact]
    public async Task An_interrupted_call_gives_up_at_once()
    {
        await using Workplace place = new();
        (ProgramRun server, string address) = await place.ServeAsync("unix:call.sock", "--verbose");
        ProgramRun call = place.StartClient("call", "long_running_task", "3000", "--server", address);
        await server.ReadErrorsUntilAsync("calls 'long_running_task'");

        call.Signal(ProgramRun.Interrupt);

        (await call.EndAsync()).Ended(130);
        await server.ReadErrorsUntilAsync("was cancelled by its caller");
    }

    private static string[] WritePfx(Workplace place)
    {
        using X509Certificate2 certificate = MakeCertificate();
        place.Environment["PFX_PASSWORD"] = "for the file alone";
        File.WriteAllBytes(place.PathOf("server.pfx"), certificate.Export(X509ContentType.Pkcs12, place.Environment["PFX_PASSWORD"]));
        return ["--certificate", "server.pfx", "--certificate-password-env", "PFX_PASSWORD"];
    }

    private static string[] WritePem(Workplace place)
    {
        using X509Certificate2 certificate = MakeCertificate();
        File.WriteAllText(place.PathOf("cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(place.PathOf("key.pem"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return ["--certificate", "cert.pem", "--key", "key.pem"];
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
