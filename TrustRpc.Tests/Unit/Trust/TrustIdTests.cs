using TrustRpc.Trust;

namespace TrustRpc.Tests.Unit.Trust;

public class TrustIdTests
{
    [Fact]
    public void A_generated_secret_is_new_each_time_and_known_as_generated()
    {
        TrustId one = TrustId.Generate();
        Assert.True(one.IsGenerated);
        Assert.Matches("^tr1_[A-Za-z0-9_-]{43}$", one.ExportSecretText());
        Assert.NotEqual(one.ExportSecretText(), TrustId.Generate().ExportSecretText());
        Assert.Equal(one.Fingerprint, TrustId.Parse($"\t {one.ExportSecretText()}\r\n").Fingerprint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   fifteen-bytes-- \n")]
    [InlineData("ééééééé")]
    [InlineData(SecretText.Placeholder)]
    public void An_unusable_secret_is_refused_with_what_to_run_and_never_shown(string text)
    {
        TrustException refused = Assert.Throws<TrustException>(() => TrustId.Parse(text));
        Assert.Equal(TrustFailure.NoUsableSecret, refused.Failure);
        Assert.Contains("dotnet run --project TrustRpc.Server -- keygen", refused.Message);
        if (text.Trim().Length > 0) Assert.DoesNotContain(text.Trim(), refused.ToString());
    }

    [Fact]
    public void A_surrogate_without_its_other_half_is_refused()
    {
        // Written in code: an attribute's strings are stored as UTF-8, which cannot hold one.
        Assert.Throws<TrustException>(() => TrustId.Parse("an unpaired surrogate \uD83D in the middle"));
        Assert.Throws<TrustException>(() => TrustId.Parse("an unpaired surrogate at the end \uDC00"));
    }

    [Fact]
    public void Sixteen_bytes_are_enough_and_pairs_of_surrogates_are_text()
        => Assert.Equal("0123456789ab\U0001F511", TrustId.Parse(" 0123456789ab\U0001F511\v\f").ExportSecretText());

    [Fact]
    public void Only_the_white_space_of_the_protocol_is_trimmed()
        => Assert.Equal("\u00A00123456789abcdef\u2003", TrustId.Parse(" \u00A00123456789abcdef\u2003 ").ExportSecretText());

    [Fact]
    public void Printing_it_gives_the_fingerprint_and_nothing_else()
    {
        TrustId trustId = TrustId.Generate();
        Assert.Matches("^[0-9a-f]{8}$", trustId.Fingerprint);
        Assert.Equal(trustId.Fingerprint, $"{trustId}");
        Assert.DoesNotContain(trustId.ExportSecretText()[4..], System.Text.Json.JsonSerializer.Serialize(trustId));
    }

    [Fact]
    public void A_text_is_stretched_once_per_process()
    {
        const string Text = "a text that somebody chose";
        Assert.Same(TrustId.Parse(Text).Keys, TrustId.Parse($" {Text} ").Keys);
        Assert.False(TrustId.Parse(Text).IsGenerated);
    }

    [Theory]
    [InlineData("tr1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh")]
    [InlineData("tr1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh88")]
    [InlineData("tr1_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH+8")]
    [InlineData("tr2_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")]
    public void What_only_looks_generated_counts_as_a_text(string text) => Assert.False(SecretText.IsGenerated(text));
}
