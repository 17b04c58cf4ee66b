namespace TrustRpc.Client.Recording;

/// <summary>Something that the client did.</summary>
/// <param name="Call">Which call it is about.</param>
/// <param name="IsCancellation">It was given up; otherwise it was made.</param>
/// <param name="AnsweredBefore">How many of the client's calls had been answered by then: it may have known their answers.</param>
internal sealed record RecordedStep(RecordedCall Call, bool IsCancellation, int AnsweredBefore);
