using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using TrustRpc.Services;

namespace TrustRpc.Discovery;

/// <summary>What an author says about a member: in a <see cref="DescriptionAttribute"/>, else in the XML documentation beside the assembly; null where nothing is said.</summary>
/// <remarks>One for each document that is written: the files are read anew, and forgotten with it.</remarks>
[RequiresUnreferencedCode(Reflection.Reason)]
internal sealed class Descriptions
{
    private readonly Dictionary<Assembly, XmlDocumentation> _files = [];

    public string? OfMethod(MethodSource source)
        => Attribute(source.Declared) ?? Attribute(source.Callee) ?? InXml(source, "summary", null);

    public string? OfParameter(MethodSource source, ParameterInfo parameter)
        => Attribute(parameter) ?? Attribute(Implemented(source, parameter)) ?? InXml(source, "param", parameter.Name);

    public string? OfResult(MethodSource source)
        => Attribute(source.Declared.ReturnParameter) ?? Attribute(source.Callee.ReturnParameter) ?? InXml(source, "returns", null);

    public string? OfProperty(MemberInfo? member)
        => member is null ? null : Attribute(member) ?? Text(member, "summary", null);

    private static string? Attribute(ICustomAttributeProvider? member)
        => member?.GetCustomAttributes(typeof(DescriptionAttribute), inherit: true) is [DescriptionAttribute { Description.Length: > 0 } said, ..] ? said.Description : null;

    // The parameters are an interface's where one is served; who implements it may say more.
    private static ParameterInfo? Implemented(MethodSource source, ParameterInfo parameter)
    {
        ParameterInfo[] parameters = source.Declared.GetParameters();
        return parameter.Position < parameters.Length && parameters[parameter.Position].Name == parameter.Name ? parameters[parameter.Position] : null;
    }

    private string? InXml(MethodSource source, string element, string? name)
        => Text(source.Declared, element, name) ?? (source.Callee == source.Declared ? null : Text(source.Callee, element, name));

    private string? Text(MemberInfo member, string element, string? name)
    {
        if (member.DeclaringType is null || DocumentationId.Of(member) is not { } id)
        {
            return null;
        }

        Assembly assembly = member.DeclaringType.Assembly;
        if (!_files.TryGetValue(assembly, out XmlDocumentation? file))
        {
            _files[assembly] = file = XmlDocumentation.Of(assembly);
        }

        return file.Text(id, element, name);
    }
}
