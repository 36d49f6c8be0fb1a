using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>F51: what is done to a file under the device model, and what a reader of it finds.</summary>
public sealed class FileFaultTests
{
    private const int Bytes = 8192;

    private static readonly byte[] Stream = Sent();

    [Fact]
    public void Without_a_fault_the_file_holds_the_guest_s_bytes()
    {
        var file = Run(null, out _);

        Assert.True(file.IsNamed);
        Assert.Equal(Stream, file.Named.ToArray());
    }

    [Fact]
    public void A_file_that_is_moved_away_is_written_on_under_its_new_name()
    {
        var file = Run("rotate", out var before);

        Assert.InRange(before, 0, Bytes - 1);
        Assert.True(file.IsMoved);
        Assert.Empty(file.Named.ToArray());
        Assert.Equal(Stream, file.Followed());
    }

    [Fact]
    public void A_file_that_is_emptied_holds_what_came_after()
    {
        var file = Run("truncate", out var before);

        Assert.InRange(before, 1, Bytes - 1);
        Assert.Equal(Stream[before..], file.Named.ToArray());
    }

    [Fact]
    public void A_file_whose_name_was_taken_is_found_by_nobody()
    {
        var file = Run("replace", out _);

        Assert.Empty(file.Followed());
        Assert.Equal(Stream, file.Written.ToArray());
    }

    [Fact]
    public void A_port_without_a_file_has_none_to_lose()
    {
        var plan = PlanOf(BackendKind.Stdio, "truncate");
        using var host = new SimHost();

        var fault = Assert.Single(host.Run(new RunRequest(plan, 1)).Faults);
        Assert.True(fault.Fired > 0);
        Assert.Equal(0, fault.Effective);
    }

    [Fact]
    public void Content_is_bounded_and_what_is_not_kept_is_counted()
    {
        var file = new SimFile();
        var bytes = new byte[SimFile.MaxBytes - 1];
        file.Append(bytes);
        file.Append([1, 2, 3]);

        Assert.Equal(SimFile.MaxBytes, file.Length);
        Assert.Equal(2, file.NotKept);
        Assert.Equal(1, file.Written[^1]);
    }

    [Fact]
    public void What_changes_nothing_is_no_effect()
    {
        var file = new SimFile();

        Assert.False(file.Truncate());
        Assert.True(file.Rotate());
        Assert.False(file.Rotate());
        Assert.True(file.Replace());
        Assert.False(file.Replace());
    }

    private static SimFile Run(string? verb, out int before)
    {
        using var host = new SimHost();
        var reader = new Reader();
        var result = host.Run(new RunRequest(PlanOf(BackendKind.File, verb), 3) { Observers = [reader] });

        Assert.True(result.Verdict == RunVerdict.Passed, string.Join("; ", result.Violations.Select(violation => violation.What)));
        Assert.All(result.Faults, fault => Assert.Equal(1, fault.Effective));
        before = reader.Before;
        return reader.File!;
    }

    private static Plan PlanOf(BackendKind backend, string? verb) => new()
    {
        Name = "file",
        Topology = new PlanTopology { Devices = [new PlanDevice { Backend = backend }] },
        Workload = new PlanWorkload { Kind = "console-write", Bytes = Bytes, Options = ImmutableSortedDictionary<string, string>.Empty.Add("chain", "8") },
        Faults = verb is null ? [] : [new FaultRule { Id = "it", Row = "F51", Site = "backend.write", Do = verb, Nth = 3 }],
    };

    private static byte[] Sent()
    {
        var bytes = new byte[Bytes];
        BytePattern.Fill(bytes, BytePattern.OutputOf(0, 0, 0), 0);
        return bytes;
    }

    /// <summary>Looks at the file when the run is over, as whoever reads the log.</summary>
    private sealed class Reader : WorldObserver
    {
        private World _world = null!;
        private int _taken;

        public SimFile? File { get; private set; }

        /// <summary>Bytes that were in the file when something was done to it.</summary>
        public int Before { get; private set; } = -1;

        public override WorldInterest Interest => WorldInterest.Backend;

        public override void OnBegin(World world) => _world = world;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened.Kind == BackendEventKind.Accepted)
                _taken += happened.Count;
            else if (happened.Kind is BackendEventKind.Replaced or BackendEventKind.Truncated)
                Before = _taken;
        }

        public override void OnPhase(in Moment moment, WorldPhase phase)
        {
            if (phase == WorldPhase.End)
                File = _world.Backends.Find(0, 0, 0)!.File;
        }
    }
}
