using System.Diagnostics;
using System.IO.Pipes;
using TrustRpc;

// The child serves its parent and nobody else: the pipes have no name, and end when either process does.
if (args is ["child", var reading, var writing])
{
    await using RpcServer server = new();
    server.Services.Add("square", (int n) => n * n);
    PipePair pipes = new(new AnonymousPipeClientStream(PipeDirection.In, reading), new AnonymousPipeClientStream(PipeDirection.Out, writing));
    RpcConnection parent = await server.AcceptAsync(pipes);
    Console.WriteLine($"Child: {await parent.Closed}.");
    return;
}

TrustId secret = TrustId.Generate();
using AnonymousPipeServerStream toChild = new(PipeDirection.Out, HandleInheritability.Inheritable);
using AnonymousPipeServerStream fromChild = new(PipeDirection.In, HandleInheritability.Inheritable);
ProcessStartInfo start = new(Environment.ProcessPath!) { UseShellExecute = false };
if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
{
    start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
}

foreach (string word in (string[])["child", toChild.GetClientHandleAsString(), fromChild.GetClientHandleAsString()])
{
    start.ArgumentList.Add(word);
}

start.Environment["TRUST_ID"] = secret.ExportSecretText(); // Not an argument: those can be read by others.
using Process child = Process.Start(start)!;
toChild.DisposeLocalCopyOfClientHandle();
fromChild.DisposeLocalCopyOfClientHandle();

await using (RpcClient client = await RpcClient.ConnectAsync(new PipePair(fromChild, toChild), new RpcClientOptions { TrustId = secret }))
{
    Console.WriteLine($"Parent: 12 squared is {await client.CallAsync<int>("square", [12])}.");
}

await child.WaitForExitAsync();
