namespace Actors.Simulation.Tests;

public sealed class TracePageTests
{
    [Fact]
    public void The_page_needs_nothing_else()
    {
        var page = Page(Recordings.Kicked());

        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org/2000/svg", string.Empty, StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<(link|img|iframe|object|embed)\\b", page);
        Assert.DoesNotMatch("<script[^>]* src", page);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_from_outside_are_texts()
    {
        var page = Page(Recordings.Kicked(Recordings.Hostile));

        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.Equal(page.Split("<script").Length, page.Split("</script>").Length);
    }

    [SkippableFact]
    public void A_browser_draws_it_with_the_names_of_ACRN_at_each_arrow()
    {
        Skip.If(Browser.File is null, "There is no chromium here; .ci/run installs it.");

        var (dom, console) = Browser.Dump(Save("kick.html", Page(Recordings.Kicked(Recordings.Hostile))));

        Assert.DoesNotMatch("CONSOLE.*(Error|Uncaught|Refused)", console);
        Assert.Contains("data-drawn=\"yes\"", dom, StringComparison.Ordinal);
        Assert.Contains("data-zoom=\"1.00\"", dom, StringComparison.Ordinal);
        Assert.Contains("in ACRN and Linux: HYPERVISOR_CALLBACK_VECTOR: acrn_intr_handler", dom, StringComparison.Ordinal);
        Assert.Contains("IoreqDispatch = ioreq_dispatch", dom, StringComparison.Ordinal);
        foreach (var lane in new[] { "vcpu-0", "hypervisor", "HSM", "pci-0.3.0", "port-0" })
            Assert.Contains($"data-lane=\"{lane}\"", dom, StringComparison.Ordinal);
    }

    /// <summary>A person's hands: a script in a copy of the page, which says behind each move where the view is.</summary>
    [SkippableFact]
    public void A_browser_zooms_drags_finds_and_shows_causes()
    {
        Skip.If(Browser.File is null, "There is no chromium here; .ci/run installs it.");
        const string hands = """
            <script>
            (() => {
              const frame = document.getElementById("sequence"), find = document.getElementById("find"), told = [];
              const say = what => told.push(`${what} ${frame.dataset.zoom} ${Math.round(frame.scrollLeft)} ${Math.round(frame.scrollTop)}`);
              const press = id => document.getElementById(id).click();
              const pointer = (type, target, x, y) => target.dispatchEvent(new PointerEvent(type, { button: 0, clientX: x, clientY: y, bubbles: true }));
              const wheel = (delta, ctrlKey) => frame.dispatchEvent(new WheelEvent("wheel", { deltaY: delta, ctrlKey, cancelable: true, bubbles: true }));
              press("in"); told.push(`in ${frame.dataset.zoom}`);
              for (let i = 0; i < 20; i++) press("in");
              told.push(`most ${frame.dataset.zoom}`);
              frame.scrollLeft = 0; frame.scrollTop = 0;
              pointer("pointerdown", frame, 600, 500); pointer("pointermove", frame, 550, 440); pointer("pointermove", frame, 500, 380); say("drag");
              pointer("pointerup", frame, 500, 380); pointer("pointermove", frame, 100, 100); say("dropped");
              told.push(`chosen ${frame.querySelectorAll(".chosen").length}`);
              wheel(400, false); told.push(`wheel ${frame.dataset.zoom}`);
              wheel(400, true); told.push(`ctrl ${frame.dataset.zoom}`);
              press("plain"); told.push(`plain ${frame.dataset.zoom}`);
              dispatchEvent(new KeyboardEvent("keydown", { key: "-" })); told.push(`key ${frame.dataset.zoom}`);
              find.value = "IOREQ_DISPATCH"; find.dispatchEvent(new Event("input"));
              told.push(`found ${document.getElementById("found").textContent}`);
              const row = frame.querySelector("g.row.match");
              pointer("pointerdown", row, 10, 10); pointer("pointerup", row, 10, 10);
              told.push(`chain ${+frame.dataset.chain > 1} ${row.classList.contains("chosen")} ${frame.querySelectorAll("g.row.in").length == frame.dataset.chain}`);
              document.body.dataset.told = told.join("; ");
            })();
            </script>
            </body>
            """;

        var (dom, console) = Browser.Dump(Save("hands.html", Page(Recordings.Kicked()).Replace("</body>", hands, StringComparison.Ordinal)));

        Assert.DoesNotMatch("CONSOLE.*(Error|Uncaught|Refused)", console);
        Assert.Contains(
            "data-told=\"in 1.25; most 4.00; drag 4.00 100 120; dropped 4.00 100 120; chosen 0; wheel 4.00; ctrl 1.47; plain 1.00; key 0.80; found 1 row; chain true true true\"",
            dom,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_cluster_s_lanes_stand_on_the_ground_of_their_nodes()
    {
        Skip.If(Browser.File is null, "There is no chromium here; .ci/run installs it.");
        const string file = """
            {"format":"actors-trace","version":1,"source":"world","name":"split"}
            {"v":1,"seq":1,"kind":"send","link":"hsm.upcall","from":"n0-hypervisor/vm-1","to":"n1-hsm/vm-1","message":"Upcall","number":1}
            {"v":2,"seq":2,"cause":1,"actor":"n1-hsm/vm-1","kind":"recv","message":"Upcall","number":1}

            """;

        var (dom, _) = Browser.Dump(Save("nodes.html", Page(file)));

        Assert.Contains("data-node=\"node 0\"", dom, StringComparison.Ordinal);
        Assert.Contains("data-node=\"node 1\"", dom, StringComparison.Ordinal);
        Assert.Contains("acrn_fire_hsm_interrupt", dom, StringComparison.Ordinal);
    }

    private static string Page(string file)
    {
        using var output = new StringWriter();
        TracePage.Write(output, Recordings.Chart(file));
        return output.ToString();
    }

    private static string Save(string name, string page)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "report-pictures")).FullName, name);
        File.WriteAllText(file, page);
        return file;
    }
}
