using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace TrustRpc.Messages;

/// <summary>Whose sequences and progress reports are being written or read: a call, at either of its ends.</summary>
internal interface IStreamScope
{
    /// <summary>Offers a sequence to the peer and gives it a token.</summary>
    long Produce<T>(IAsyncEnumerable<T> sequence, JsonTypeInfo<T> itemType);

    /// <summary>A sequence of the peer's.</summary>
    /// <param name="token">Null = the sequence is complete.</param>
    /// <param name="values">On the array of its first items; on nothing where there is none.</param>
    /// <param name="itemType">What the items are read as.</param>
    IAsyncEnumerable<T> Consume<T>(long? token, ref Utf8JsonReader values, JsonTypeInfo<T> itemType);

    /// <summary>Takes the peer's reports from now on, under the token that is returned.</summary>
    long Receive<T>(IProgress<T> progress, JsonTypeInfo<T> reportType);

    /// <summary>Sends reports to the peer under its token.</summary>
    IProgress<T> Report<T>(long token);
}
