using System.Reflection;

namespace Actors.Scenarios;

/// <summary>Four rooms and one corridor: a room knows Protocol, Protocol knows none of ours.</summary>
public sealed class DependencyDirectionTests
{
    private const string Corridor = "Actors.Protocol";

    public static TheoryData<string> Rooms => ["Actors.Guest", "Actors.Hypervisor", "Actors.Hsm", "Actors.DeviceModel"];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_s_assembly_references_only_Protocol(string room) =>
        Assert.DoesNotContain(OursReferencedBy(room), name => name != Corridor);

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_s_project_references_only_Protocol(string room) =>
        Assert.Equal([Corridor], RepositoryTree.References(Project(room)));

    [Fact]
    public void Protocol_s_assembly_references_none_of_ours() => Assert.Empty(OursReferencedBy(Corridor));

    [Fact]
    public void Protocol_s_project_references_none_of_ours() => Assert.Empty(RepositoryTree.References(Project(Corridor)));

    private static IEnumerable<string> OursReferencedBy(string assembly) =>
        Assembly.Load(assembly).GetReferencedAssemblies().Select(reference => reference.Name!).Where(IsOurs);

    private static bool IsOurs(string assembly) =>
        assembly.Equals("actors", StringComparison.OrdinalIgnoreCase) ||
        assembly.StartsWith("Actors.", StringComparison.OrdinalIgnoreCase);

    private static FileInfo Project(string name) =>
        Assert.Single(RepositoryTree.Projects("src"), project => Path.GetFileNameWithoutExtension(project.Name) == name);
}
