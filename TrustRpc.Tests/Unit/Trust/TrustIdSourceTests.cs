using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

public sealed class TrustIdSourceTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("trust-id-").FullName;
    private readonly string _secret = TrustId.Generate().ExportSecretText();
    private readonly string _other = TrustId.Generate().ExportSecretText();
    private readonly Dictionary<string, string> _variables = [];

    private string Below => Directory.CreateDirectory(Path.Combine(_root, "a", "b")).FullName;

    private string FilePath => Path.Combine(_root, ".env");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_nearest_file_upwards_is_used()
    {
        WriteFile($"TRUST_ID={_secret}\n");
        TrustId found = Source().Current();
        Assert.Equal(_secret, found.ExportSecretText());
        Assert.Equal(FilePath, found.Source);
        Assert.Empty(found.Warnings);
    }

    [Fact]
    public void A_real_variable_wins_and_the_file_is_not_even_read()
    {
        WriteFile("this is malformed");
        _variables["TRUST_ID"] = _other;
        Assert.Equal(_other, Source().Current().ExportSecretText());
        Assert.Equal("the variable TRUST_ID", Source().Current().Source);
        Assert.Empty(Source().Previous());
    }

    [Fact]
    public void An_empty_variable_counts_as_not_set()
    {
        WriteFile($"TRUST_ID={_secret}\n");
        _variables["TRUST_ID"] = "";
        Assert.Equal(_secret, Source().Current().ExportSecretText());
    }

    [Fact]
    public void Without_a_current_directory_the_variables_count_all_the_same()
    {
        TrustIdSource source = new(name => _variables.GetValueOrDefault(name), directory: null);
        Assert.Contains("keygen", Assert.Throws<TrustException>(source.Current).Message);
        Assert.Empty(source.Previous());
        Assert.Null(source.Other("TRUSTRPC_SERVER", out _, out _));

        _variables["TRUST_ID"] = _secret;
        Assert.Equal(_secret, source.Current().ExportSecretText());
    }

    [Fact]
    public void None_at_all_is_an_error_that_says_what_to_run()
    {
        WriteFile("OTHER=1");
        TrustException missing = Assert.Throws<TrustException>(Source().Current);
        Assert.Equal(TrustFailure.NoUsableSecret, missing.Failure);
        Assert.Contains(FilePath, missing.Message);
        Assert.Contains("keygen", missing.Message);
        Assert.Contains("TrustId.Generate()", missing.Message);
    }

    [Fact]
    public void A_malformed_line_is_named_with_file_and_number_but_not_shown()
    {
        WriteFile($"# comment\nTRUST_ID='{_secret}\n");
        TrustException malformed = Assert.Throws<TrustException>(Source().Current);
        Assert.Equal($"{FilePath}, line 2: the quote before the value is not closed in that line.", malformed.Message);
        Assert.DoesNotContain(_secret, malformed.ToString());
    }

    [Fact]
    public void Previous_secrets_are_separated_by_commas()
    {
        WriteFile($"TRUST_ID={TrustId.Generate().ExportSecretText()}\nTRUST_ID_PREVIOUS={_secret}, {_other},\n");
        Assert.Equal([_secret, _other], Source().Previous().Select(previous => previous.ExportSecretText()));
    }

    [Fact]
    public void A_text_of_someones_choosing_is_warned_about_without_showing_it()
    {
        _variables["TRUST_ID"] = "my-super-secret-key";
        string warning = Assert.Single(Source().Current().Warnings);
        Assert.Contains("keygen", warning);
        Assert.DoesNotContain("my-super-secret-key", warning);
    }

    [Fact]
    public void A_text_that_the_program_itself_brings_is_warned_about_as_well()
    {
        Assert.Contains("keygen", Assert.Single(TrustId.Parse("my-super-secret-key").Warnings));
        Assert.Empty(TrustId.Parse(_secret).Warnings);
    }

    [Fact]
    public void A_file_that_others_can_read_is_warned_about()
    {
        if (OperatingSystem.IsWindows()) return;
        WriteFile($"TRUST_ID={_secret}\n");
        File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Single(Source().Current().Warnings));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_an_error_that_names_the_file()
    {
        File.WriteAllBytes(FilePath, [0x54, 0xFF, 0xFE]);
        Assert.Contains(FilePath, Assert.Throws<TrustException>(Source().Current).Message);
    }

    [Fact]
    public void The_example_file_as_it_is_gives_no_secret()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, ".env.example"), FilePath);
        Assert.Contains("placeholder", Assert.Throws<TrustException>(Source().Current).Message);
    }

    [Fact]
    public void Another_setting_is_found_in_the_same_places_the_variable_first()
    {
        WriteFile("TRUSTRPC_SERVER=tcp://from.file:1\nEMPTY=\n");
        Assert.Equal("tcp://from.file:1", Source().Other("TRUSTRPC_SERVER", out string? source, out string? warning));
        Assert.Null(warning);
        Assert.Equal(FilePath, source);

        _variables["TRUSTRPC_SERVER"] = "tcp://from.variable:1";
        Assert.Equal("tcp://from.variable:1", Source().Other("TRUSTRPC_SERVER", out source, out _));
        Assert.Equal("the variable TRUSTRPC_SERVER", source);

        Assert.Null(Source().Other("EMPTY", out source, out _));
        Assert.Null(source);
    }

    [Fact]
    public void A_malformed_file_keeps_nobody_from_another_setting_who_has_the_secret_as_a_variable()
    {
        WriteFile("oops\nTRUSTRPC_SERVER=tcp://from.file:1\nA_BROKEN_SETTING\n");
        Assert.Contains("line 1", Assert.Throws<TrustException>(() => Source().Other("TRUSTRPC_SERVER", out _, out _)).Message);

        _variables["TRUST_ID"] = _secret;
        Assert.Equal("tcp://from.file:1", Source().Other("TRUSTRPC_SERVER", out string? source, out string? warning));
        Assert.Equal(FilePath, source);
        Assert.Equal($"{FilePath}, line 1: expected NAME=value, a comment or nothing. It is passed over.", warning);
        Assert.Null(Source().Other("MISSING", out source, out warning));
        Assert.Null(source);
        Assert.NotNull(warning);

        // But whoever tried to set it is not sent elsewhere.
        Assert.Throws<TrustException>(() => Source().Other("A_BROKEN_SETTING", out _, out _));
    }

    private TrustIdSource Source() => new(name => _variables.GetValueOrDefault(name), Below);

    private void WriteFile(string text)
    {
        File.WriteAllText(FilePath, text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(FilePath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
