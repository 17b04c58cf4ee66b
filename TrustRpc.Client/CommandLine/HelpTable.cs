namespace TrustRpc.Client.CommandLine;

/// <summary>A heading and rows of a term and its text.</summary>
internal sealed record HelpTable(string Heading, IReadOnlyList<(string Term, string Text)> Rows);
