namespace TrustRpc.Programs;

/// <summary>The options of every sub-command that listens.</summary>
internal sealed class ListenOptions
{
    public const string Help = """
        Options:
          --listen URI      listen there instead of the defaults; may be given several times:
                            tcp://HOST:PORT  tls://HOST:PORT  unix:///PATH  unix:PATH  pipe://./NAME  [?mode=plain|sealed]
          --name NAME       the server's name, which clients may insist on
          --certificate F   for tls://: a .pfx file, or a certificate in PEM form;
                            default: one made on the spot, which the proofs cover
          --key F           its private key in PEM form, unencrypted; default: in the certificate's file
          --certificate-password-env NAME
                            the environment variable that holds the password of the .pfx file
          --allow-text-trust-id
                            listen beyond this machine with a TRUST_ID that keygen did not make
          --verbose         log every call
          --help            this
        """;

    private string? _certificate;
    private string? _key;
    private string? _passwordVariable;

    public static string[] Names => ["--listen", "--name", "--certificate", "--key", "--certificate-password-env"];

    /// <summary>Those of them that may be given several times.</summary>
    public static string[] Repeatable => ["--listen"];

    public static string[] Flags => ["--verbose", "--allow-text-trust-id", "--help"];

    public required IReadOnlyList<RpcEndpoint> Endpoints { get; init; }

    public string? Name { get; private init; }

    public bool AllowTextTrustId { get; private init; }

    /// <param name="arguments">The command line.</param>
    /// <param name="defaults">Where it listens when nothing is said.</param>
    /// <param name="values">How many words may stand there that are no options.</param>
    /// <exception cref="UsageException">The words do not fit.</exception>
    public static ListenOptions Read(Arguments arguments, string[] defaults, int values = 0)
    {
        if (arguments.Values.Count > values)
        {
            throw new UsageException($"'{arguments.Values[values]}' is not an option; addresses are given with --listen. See --help.");
        }

        string[] listen = arguments.All("--listen");
        return new ListenOptions
        {
            Endpoints = Array.ConvertAll(listen.Length > 0 ? listen : defaults, RpcEndpoint.Parse),
            Name = arguments.One("--name") is { } name ? Programs.Name.Check(name) : null,
            AllowTextTrustId = arguments.Has("--allow-text-trust-id"),
            _certificate = arguments.One("--certificate"),
            _key = arguments.One("--key"),
            _passwordVariable = arguments.One("--certificate-password-env"),
        };
    }

    /// <summary>Starts a server there: an address that cannot be listened on is a matter of how the program was started.</summary>
    /// <exception cref="UsageException">It cannot listen at one of them.</exception>
    public static async Task StartAsync(RpcServer server, IReadOnlyList<RpcEndpoint> endpoints, CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAsync(endpoints, cancellationToken);
        }
        catch (RpcConnectionException e)
        {
            throw new UsageException(e.Message);
        }
    }

    public RpcServerOptions ToServerOptions(ServerCertificate? certificate) => new()
    {
        Name = Name,
        Certificate = certificate,
        AllowTextTrustIdOnNetwork = AllowTextTrustId,
    };

    /// <summary>The certificate for <c>tls://</c>; null where it is not listened on. The caller disposes it.</summary>
    public ServerCertificate? LoadCertificate()
    {
        if (_certificate is null)
        {
            return Endpoints.Any(endpoint => endpoint.Transport == RpcTransport.Tls) ? ServerCertificate.SelfSigned() : null;
        }

        try
        {
            return _certificate.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase) || _certificate.EndsWith(".p12", StringComparison.OrdinalIgnoreCase)
                ? ServerCertificate.FromPfx(_certificate, Password())
                : ServerCertificate.FromPem(_certificate, _key ?? _certificate);
        }
        catch (RpcConnectionException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private string? Password()
    {
        if (_passwordVariable is null)
        {
            return null;
        }

        return Environment.GetEnvironmentVariable(_passwordVariable)
            ?? throw new UsageException($"The variable {_passwordVariable}, which --certificate-password-env names, is not set.");
    }
}
