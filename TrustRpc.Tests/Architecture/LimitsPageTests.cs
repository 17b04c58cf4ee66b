using System.Reflection;
using TrustRpc.Management;
using TrustRpc.Tests.Support;

namespace TrustRpc.Tests.Architecture;

public class LimitsPageTests
{
    private static readonly string[] s_page = File.ReadAllLines(Repository.PathOf("docs", "LIMITS.md"));

    public static TheoryData<Type, string> Limits()
    {
        TheoryData<Type, string> limits = [];
        foreach (Type options in new[] { typeof(RpcServerOptions), typeof(RpcClientOptions), typeof(RpcReconnectOptions), typeof(TrustServerOptions), typeof(TrustClientOptions), typeof(ManagementOptions) })
        {
            foreach (PropertyInfo option in options.GetProperties().Where(p => p.PropertyType == typeof(int) || p.PropertyType == typeof(double) || p.PropertyType == typeof(TimeSpan)))
            {
                limits.Add(options, option.Name);
            }
        }

        return limits;
    }

    [Theory]
    [MemberData(nameof(Limits))]
    public void Every_option_that_is_a_number_or_a_time_is_on_the_page_of_limits(Type options, string option)
    {
        int heading = Array.FindIndex(s_page, line => line.StartsWith("## ", StringComparison.Ordinal) && line.Contains($"`{options.Name}`", StringComparison.Ordinal));

        Assert.Contains(s_page.Skip(heading + 1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)),
            line => line.StartsWith($"| `{option}`", StringComparison.Ordinal));
        Assert.True(heading >= 0, $"{options.Name} has no section.");
    }
}
