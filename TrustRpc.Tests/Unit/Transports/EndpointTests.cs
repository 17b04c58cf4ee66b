namespace TrustRpc.Tests.Unit.Transports;

public class EndpointTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:8888", RpcTransport.Tcp, "127.0.0.1", 8888)]
    [InlineData("TCP://127.0.0.1:0/", RpcTransport.Tcp, "127.0.0.1", 0)]
    [InlineData("tcp://[::1]:8888", RpcTransport.Tcp, "::1", 8888)]
    [InlineData("tcp://[0:0:0:0:0:0:0:1]:8888", RpcTransport.Tcp, "::1", 8888)]
    [InlineData("tls://Example.ORG:65535", RpcTransport.Tls, "example.org", 65535)]
    [InlineData("tcp://my_host-1:08888", RpcTransport.Tcp, "my_host-1", 8888)]
    public void An_address_with_host_and_port_is_read(string text, RpcTransport transport, string host, int port)
    {
        RpcEndpoint endpoint = RpcEndpoint.Parse(text);

        Assert.Equal((transport, host, port), (endpoint.Transport, endpoint.Host, endpoint.Port));
        Assert.Null(endpoint.Path);
        Assert.Null(endpoint.PipeName);
        Assert.Null(endpoint.PipeServer);
    }

    [Theory]
    [InlineData("unix:///run/app.sock", "/run/app.sock")]
    [InlineData("unix:/run/app.sock", "/run/app.sock")]
    [InlineData("unix:app.sock", "app.sock")]
    [InlineData("unix:../run/app.sock", "../run/app.sock")]
    [InlineData("unix:///run/50%25%3F%23 of it.sock", "/run/50%?# of it.sock")]
    public void A_path_is_read(string text, string path)
    {
        RpcEndpoint endpoint = RpcEndpoint.Parse(text);

        Assert.Equal((RpcTransport.Unix, path), (endpoint.Transport, endpoint.Path));
        Assert.Null(endpoint.Host);
    }

    [Theory]
    [InlineData("pipe://./app", ".", "app")]
    [InlineData("pipe://Server/My App", "server", "My App")]
    public void A_pipe_is_read(string text, string server, string name)
    {
        RpcEndpoint endpoint = RpcEndpoint.Parse(text);

        Assert.Equal((RpcTransport.Pipe, server, name), (endpoint.Transport, endpoint.PipeServer, endpoint.PipeName));
        Assert.Null(endpoint.Path);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:8888")]
    [InlineData("tcp://[fe80::1%3]:8888")]
    [InlineData("tcp://127.0.0.1:8888?mode=plain")]
    [InlineData("tls://example.org:8889")]
    [InlineData("tls://example.org:8889?mode=sealed")]
    [InlineData("unix:///run/app.sock")]
    [InlineData("unix:///run/50%25%3F%23 of it.sock?mode=sealed")]
    [InlineData("unix:app.sock")]
    [InlineData("pipe://./app")]
    [InlineData("pipe://./app?mode=sealed")]
    [InlineData("pipe://server/app?mode=plain")]
    public void What_is_printed_reads_back_as_the_same_endpoint(string text)
    {
        RpcEndpoint endpoint = RpcEndpoint.Parse(text);

        Assert.Equal(text, endpoint.ToString());
        Assert.Equal(endpoint, RpcEndpoint.Parse(endpoint.ToString()));
        Assert.Equal(endpoint.GetHashCode(), RpcEndpoint.Parse(endpoint.ToString()).GetHashCode());
        Assert.True(RpcEndpoint.TryParse(text, out RpcEndpoint? again) && again == endpoint);
    }

    [Fact]
    public void Whatever_is_read_reads_back_from_what_is_printed()
    {
        string[] parts =
        [
            "tcp:", "TLS:", "unix:", "pipe:", "/", "//", "./", "..", "?mode=plain", "?mode=sealed", "?", "#", "%", "%25", "%3f", "%2F", "%41", "%C3%A9", "%E2%82", "é", "\ud83d", "🙂", " ", ":", ":0", ":8888",
            "[", "]", "[::1]", "[FE80::1%1]", "[::ffff:1.2.3.4]", "127.0.0.1", "Host", "a-b.c", "x", "@", "\\", "\t",
        ];
        int seed = Random.Shared.Next();
        Random random = new(seed);
        int read = 0;
        for (int i = 0; i < 50_000; i++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(2, 7)).Select(_ => parts[random.Next(parts.Length)]));
            if (!RpcEndpoint.TryParse(text, out RpcEndpoint? endpoint)) continue;
            read++;
            Assert.True(RpcEndpoint.TryParse(endpoint.ToString(), out RpcEndpoint? again) && again == endpoint, $"Seed {seed}: '{text}' is '{endpoint}' and that '{again}'.");
            Assert.Equal(
                (endpoint.Transport, endpoint.Host, endpoint.Port, endpoint.Path, endpoint.PipeServer, endpoint.PipeName, endpoint.Mode),
                (again.Transport, again.Host, again.Port, again.Path, again.PipeServer, again.PipeName, again.Mode));
        }

        Assert.True(read > 100, $"Seed {seed}: only {read} were addresses.");
    }

    [Theory]
    [InlineData("tcp://h:1?mode=sealed", "tcp://h:1")]
    [InlineData("tls://h:1?mode=plain", "tls://h:1")]
    [InlineData("unix:x?mode=plain", "unix:x")]
    [InlineData("pipe://./x?mode=plain", "pipe://./x")]
    [InlineData("pipe://server/x?mode=sealed", "pipe://server/x")]
    public void The_mode_is_not_part_of_an_address_where_it_is_the_default(string text, string printed)
    {
        Assert.Equal(printed, RpcEndpoint.Parse(text).ToString());
        Assert.Equal(RpcEndpoint.Parse(printed), RpcEndpoint.Parse(text));
        Assert.Null(RpcEndpoint.Parse(text).Mode);
    }

    [Theory]
    [InlineData("tcp://h:1?mode=plain", HandshakeMode.Plain)]
    [InlineData("unix:x?mode=sealed", HandshakeMode.Sealed)]
    public void The_mode_is_part_of_an_address_where_it_differs_from_the_default(string text, HandshakeMode mode)
    {
        Assert.Equal(mode, RpcEndpoint.Parse(text).Mode);
        Assert.NotEqual(RpcEndpoint.Parse(text.Split('?')[0]), RpcEndpoint.Parse(text));
        Assert.True(RpcEndpoint.Parse(text.Split('?')[0]) != RpcEndpoint.Parse(text));
    }

    [Theory]
    [InlineData("unix:///run/app.sock", false)]
    [InlineData("pipe://./app", false)]
    [InlineData("tcp://127.0.0.1:1", false)]
    [InlineData("tcp://127.5.0.1:1", false)]
    [InlineData("tcp://[::1]:1", false)]
    [InlineData("tls://localhost:1", false)]
    [InlineData("tcp://0.0.0.0:1", true)]
    [InlineData("tcp://[::]:1", true)]
    [InlineData("tcp://192.168.1.7:1", true)]
    [InlineData("tls://example.org:1", true)]
    [InlineData("tcp://localhost.example.org:1", true)]
    [InlineData("pipe://server/app", true)]
    public void An_address_says_whether_it_leads_beyond_this_machine(string text, bool isBeyond)
        => Assert.Equal(isBeyond, RpcEndpoint.Parse(text).IsBeyondThisMachine);

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("127.0.0.1:8888", "none of tcp, tls, unix and pipe; did you mean tcp://127.0.0.1:8888?")]
    [InlineData("http://127.0.0.1:8888", "'http' is none of tcp, tls, unix and pipe. Valid")]
    [InlineData("/run/app.sock", "how to get there (tcp, tls, unix or pipe); did you mean unix:///run/app.sock?")]
    [InlineData("app.sock", "did you mean unix:app.sock?")]
    [InlineData("localhost", "how to get there (tcp, tls, unix or pipe). Valid")]
    [InlineData("http://127.0.0.1:8888", "'http' is none of")]
    [InlineData("tcp:127.0.0.1:8888", "'//' is missing")]
    [InlineData("tcp://127.0.0.1", "port is missing")]
    [InlineData("tcp://[::1]", "port is missing")]
    [InlineData("tcp://127.0.0.1:", "port ''")]
    [InlineData("tcp://127.0.0.1:65536", "port '65536'")]
    [InlineData("tcp://127.0.0.1:-1", "port '-1'")]
    [InlineData("tcp://127.0.0.1:+1", "port '+1'")]
    [InlineData("tcp://:8888", "host is missing")]
    [InlineData("tcp://*:8888", "'*' is neither an IP address nor a host name; did you mean tcp://0.0.0.0:8888, every IPv4 address, or tcp://[::]:8888, every address?")]
    [InlineData("tls://+:1", "did you mean tls://0.0.0.0:1")]
    [InlineData("tcp://a..b:8888", "neither an IP address nor a host name")]
    [InlineData("tcp://127.1:8888", "four numbers")]
    [InlineData("tcp://127.0.0.256:8888", "four numbers")]
    [InlineData("tcp://::1:8888", "in brackets")]
    [InlineData("tcp://[127.0.0.1]:8888", "not an IPv6 address in brackets")]
    [InlineData("tcp://[fe80::1%nowhere0]:8888", "'nowhere0' is no network interface of this machine")]
    [InlineData("tcp://[fe80::1%25nowhere0]:8888", "'nowhere0' is no network interface of this machine")]
    [InlineData("tcp://127.0.0.1:8888/x", "nothing may stand after the port")]
    [InlineData("tcp://127.0.0.1:8888?mode=open", "only mode=plain or mode=sealed")]
    [InlineData("tcp://127.0.0.1:8888?mode=plain&mode=plain", "only mode=plain or mode=sealed")]
    [InlineData("tcp://127.0.0.1:8888#x", "'#'")]
    [InlineData("unix:", "path is missing")]
    [InlineData("unix://run/app.sock", "three slashes")]
    [InlineData("unix:///run/", "names a directory")]
    [InlineData("unix:///", "names a directory")]
    [InlineData("unix:..", "names a directory")]
    [InlineData("unix:///run/100%.sock", "%25")]
    [InlineData("unix:///run/%00.sock", "control character")]
    [InlineData("pipe:app", "pipe://./name")]
    [InlineData("pipe://./", "1 to 200 characters")]
    [InlineData("pipe://./a/b", "pipe://./name")]
    [InlineData("pipe://./a%2Fb", "1 to 200 characters")]
    [InlineData("pipe://./anonymous", "'anonymous'")]
    [InlineData("pipe://a b/c", "neither '.'")]
    public void Anything_else_is_refused_with_what_is_wrong_and_with_examples(string text, string problem)
    {
        var e = Assert.Throws<FormatException>(() => RpcEndpoint.Parse(text));

        Assert.Contains(problem, e.Message);
        Assert.Contains("tcp://127.0.0.1:8888", e.Message);
        Assert.Contains("unix:///run/app.sock", e.Message);
        Assert.False(RpcEndpoint.TryParse(text, out RpcEndpoint? none));
        Assert.Null(none);
    }

    [Fact]
    public void A_password_in_an_address_is_refused_and_not_repeated()
        => Assert.DoesNotContain("hunter2", Assert.Throws<FormatException>(() => RpcEndpoint.Parse("tcp://me:hunter2@host:1")).Message);

    [Fact]
    public void What_is_repeated_of_an_address_cannot_forge_a_line_of_a_log()
        => Assert.DoesNotContain('\n', Assert.Throws<FormatException>(() => RpcEndpoint.Parse("tcp://a\nb:1")).Message);
}
