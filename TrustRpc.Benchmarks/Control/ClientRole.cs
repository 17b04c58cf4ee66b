using System.Globalization;
using System.Text.Json;
using TrustRpc.Benchmarks.Loads;

namespace TrustRpc.Benchmarks.Control;

/// <summary>The client process: opens loads, runs one of them for some seconds when told to, and holds idle connections.</summary>
internal static class ClientRole
{
    internal static int Run()
    {
        var loads = new List<ILoad>();
        return ControlLoop.Run((verb, argument) => verb switch
        {
            "open" => Open(loads, JsonSerializer.Deserialize<LoadSpec>(argument)!),
            "run" => RunLoad(loads, argument.Split(' ')),
            "visit" => Visit(JsonSerializer.Deserialize<LoadSpec>(argument)!),
            "hold" => Hold(JsonSerializer.Deserialize<LoadSpec>(argument)!),
            "allocated" => ProcessMemory.Allocated(),
            _ => throw new ArgumentException($"The client does not know '{verb}'."),
        });
    }

    private static string Open(List<ILoad> loads, LoadSpec spec)
    {
        loads.Add(LoadFactory.Open(spec));
        return (loads.Count - 1).ToString(CultureInfo.InvariantCulture);
    }

    private static string RunLoad(List<ILoad> loads, string[] words)
    {
        var duration = TimeSpan.FromSeconds(double.Parse(words[1], CultureInfo.InvariantCulture));
        return JsonSerializer.Serialize(loads[int.Parse(words[0], CultureInfo.InvariantCulture)].Run(duration));
    }

    private static string Visit(LoadSpec spec)
    {
        IdleConnections.Open(spec).Dispose();
        return "gone";
    }

    private static string Hold(LoadSpec spec)
    {
        GC.KeepAlive(IdleConnections.Open(spec));
        return "held";
    }
}
