using System.Text;
using System.Text.Json;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>The state of a node's VMs over HTTP: <c>/inspect</c> names them, <c>/inspect/vm-7/...</c> shows what is there. A VM in split placement has a part on each of its nodes.</summary>
internal static class InspectPage
{
    /// <summary>Where the pages begin.</summary>
    public const string Prefix = "/inspect";

    /// <summary>VMs that are named at most.</summary>
    private const int MaxNamed = 10_000;

    /// <summary>Answers.</summary>
    public static async Task<HttpAnswer> AnswerAsync(ActorSystem system, IReadOnlyList<IActorRef> roots, string path)
    {
        var wanted = Uri.UnescapeDataString(path[Prefix.Length..]).Trim('/');
        if (!InspectPath.TryVm(wanted, out var vm, out var problem))
            return HttpAnswer.Text("400 Bad Request", $"the path {problem}\n");
        var state = await MachineState.ReadAsync(system, roots, vm);
        if (vm is null)
            return Json(json => Names(json, state));
        if (state.Tree() is not { } tree)
            return HttpAnswer.Text("404 Not Found", $"vm-{vm.Value.Value} isn't on this node\n");
        var found = InspectPath.Find(tree, wanted);
        if (found.Count == 0)
            return HttpAnswer.Text("404 Not Found", InspectPath.Nothing(tree, wanted) + "\n");
        return Json(json =>
        {
            json.WriteStartObject();
            foreach (var (name, node) in found)
            {
                json.WritePropertyName(name);
                InspectPath.Write(json, node);
            }

            json.WriteEndObject();
        });
    }

    private static void Names(Utf8JsonWriter json, MachineState state)
    {
        var vms = state.Vms;
        json.WriteStartObject();
        json.WriteNumber("count", vms.Length);
        json.WriteStartArray("vms");
        foreach (var name in vms.Take(MaxNamed))
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static HttpAnswer Json(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
            write(json);
        return new HttpAnswer("200 OK", "application/json", Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + "\n");
    }
}
