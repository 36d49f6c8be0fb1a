using System.Collections.Concurrent;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Actors.TestKit.Tests;

/// <summary>A plain assertion fails in a test's body: xunit 2 tells its class nothing, and its machines leave what they leave for an expectation of the kit.</summary>
public sealed class PlainAssertionTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    [Theory]
    [InlineData(nameof(Samples.Fails))]
    [InlineData(nameof(Samples.FailsLater))]
    [InlineData(nameof(Samples.Throws))]
    public async Task It_leaves_the_log_the_recording_and_the_command(string method)
    {
        var failed = Assert.IsAssignableFrom<ITestFailed>(await ResultOfAsync(method));

        var said = Assert.Single(failed.Messages, message => message.StartsWith("The test failed: ", StringComparison.Ordinal));
        Assert.Contains(failed.Messages, message => message.Contains("of no use", StringComparison.Ordinal) && message != said);
        Assert.Contains("of no use", said, StringComparison.Ordinal);
        Assert.Contains("replay: ACTORS_REPLAY=", said, StringComparison.Ordinal);
        Assert.Contains(".jsonl --as html", said, StringComparison.Ordinal);
        Assert.Equal([".bin", ".jsonl"], Directory.GetFiles(Folder).Select(Path.GetExtension).Order());
    }

    [Theory]
    [InlineData(nameof(Samples.Passes))]
    [InlineData(nameof(Samples.Catches))]
    public async Task A_test_that_passes_leaves_nothing(string method)
    {
        Assert.IsAssignableFrom<ITestPassed>(await ResultOfAsync(method));
        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public async Task What_the_kit_has_said_is_not_said_twice()
    {
        var failed = Assert.IsAssignableFrom<ITestFailed>(await ResultOfAsync(nameof(Samples.Expects)));

        Assert.StartsWith("Expected a notify", Assert.Single(failed.Messages), StringComparison.Ordinal);
    }

    private static async Task<ITestResultMessage> ResultOfAsync(string method)
    {
        var assembly = Reflector.Wrap(typeof(Samples).Assembly);
        var testClass = new TestClass(new TestCollection(new TestAssembly(assembly), null, "samples"), Reflector.Wrap(typeof(Samples)));
        using var test = new XunitTestCase(
            new Xunit.Sdk.NullMessageSink(), TestMethodDisplay.ClassAndMethod, TestMethodDisplayOptions.None, new TestMethod(testClass, Reflector.Wrap(typeof(Samples).GetMethod(method)!)));
        using var bus = new Bus();
        using var stop = new CancellationTokenSource();
        await test.RunAsync(new Xunit.Sdk.NullMessageSink(), bus, [], new ExceptionAggregator(), stop);
        return bus.Results.Single();
    }

    /// <summary>Not a test class to xunit, since it isn't public.</summary>
#pragma warning disable xUnit1000, CA1822
    internal sealed class Samples : MachineTest
    {
        public Samples() => Surroundings = new TestSurroundings(null, null, Folder);

        [Fact]
        public void Fails()
        {
            Boot().Write("x");
            Assert.Fail("of no use");
        }

        [Fact]
        public async Task FailsLater()
        {
            var machine = Boot();
            machine.Write("x");
            await Task.Yield();
            Assert.Fail("of no use");
        }

        [Fact]
        public void Throws()
        {
            Boot().Write("x");
            throw new NotSupportedException("of no use");
        }

        [Fact]
        public void Passes()
        {
            var machine = Boot();
            machine.Done(machine.Write("x"));
        }

        [Fact]
        public void Catches()
        {
            Boot();
            Assert.Throws<FailException>(() => Assert.Fail("caught"));
        }

        [Fact]
        public void Expects() => Boot().ExpectNotify(within: TimeSpan.FromMilliseconds(1));
    }
#pragma warning restore xUnit1000, CA1822

    private sealed class Bus : IMessageBus
    {
        public ConcurrentQueue<ITestResultMessage> Results { get; } = new();

        public bool QueueMessage(IMessageSinkMessage message)
        {
            if (message is ITestResultMessage result)
                Results.Enqueue(result);
            return true;
        }

        public void Dispose()
        {
        }
    }
}
