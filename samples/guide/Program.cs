using Guide;

// What stands in docs/guide, chapter by chapter; the tests compare the two and run this.
await Services.RunAsync();
await Streams.RunAsync();
await Errors.RunAsync();
await Transports.RunAsync();
await Security.RunAsync();
await Management.RunAsync();
await Operation.RunAsync();
await Performance.RunAsync();
Console.WriteLine("All chapters run.");
