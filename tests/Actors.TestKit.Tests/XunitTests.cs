using System.Collections.Concurrent;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Actors.TestKit.Tests;

/// <summary>How xunit sees tests of the kit: found, run and reported in this process.</summary>
public sealed class XunitTests
{
    [Fact]
    public async Task A_failing_test_reports_its_seed_and_the_line_that_replays_it()
    {
        var failed = Assert.IsAssignableFrom<ITestFailed>(await ResultOfAsync(nameof(Samples.Fails)));

        Assert.StartsWith("seed 3 of 'Fails': Assert.NotEqual() Failure", failed.Messages[0], StringComparison.Ordinal);
        Assert.Contains("replay: actors chaos replay chaos1.", failed.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_that_takes_no_world_is_told_so()
    {
        var failed = Assert.IsAssignableFrom<ITestFailed>(await ResultOfAsync(nameof(Samples.TakesNothing)));

        Assert.Contains("TakesNothing must take one SimWorld and return nothing", failed.Messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passing_test_passes() => Assert.IsAssignableFrom<ITestPassed>(await ResultOfAsync(nameof(Samples.Passes)));

    [Fact]
    public async Task A_plan_file_that_is_not_there_is_named()
    {
        var failed = Assert.IsAssignableFrom<ITestFailed>(await ResultOfAsync(nameof(Samples.HasNoPlan)));

        Assert.Contains("There is no plan file 'Plans/none.chaos.yaml'", failed.Messages[0], StringComparison.Ordinal);
    }

    private static async Task<ITestResultMessage> ResultOfAsync(string method)
    {
        var sink = new Xunit.Sdk.NullMessageSink();
        var assembly = Reflector.Wrap(typeof(Samples).Assembly);
        var collection = new TestCollection(new TestAssembly(assembly), null, "samples");
        var testClass = new TestClass(collection, Reflector.Wrap(typeof(Samples)));
        var info = Reflector.Wrap(typeof(Samples).GetMethod(method)!);
        var attribute = info.GetCustomAttributes(typeof(FactAttribute)).Single();
        IXunitTestCaseDiscoverer discoverer = ((IReflectionAttributeInfo)attribute).Attribute is SimTheoryAttribute ? new SimTheoryDiscoverer(sink) : new SimFactDiscoverer(sink);
        var test = discoverer.Discover(new DiscoveryOptions(), new TestMethod(testClass, info), attribute).Single();
        using var bus = new Bus();
        using var stop = new CancellationTokenSource();
        await test.RunAsync(sink, bus, [], new ExceptionAggregator(), stop);
        return bus.Results.Single();
    }

    /// <summary>Not a test class to xunit, since it isn't public.</summary>
#pragma warning disable xUnit1000, CA1822
    internal sealed class Samples
    {
        [SimFact(Seeds = 10, From = 1)]
        public void Fails(SimWorld world)
        {
            world.Workload("console-write", bytes: 16);
            world.RunUntilQuiescent();
            Assert.NotEqual(3UL, world.Seed);
        }

        [SimFact]
        public void TakesNothing()
        {
        }

        [SimFact(Seeds = 2)]
        public void Passes(SimWorld world) => world.RunUntilQuiescent();

        [SimTheory(Plan = "Plans/none.chaos.yaml")]
        public void HasNoPlan(SimWorld world) => world.RunUntilQuiescent();
    }
#pragma warning restore xUnit1000, CA1822

    private sealed class DiscoveryOptions : ITestFrameworkDiscoveryOptions
    {
        public TValue GetValue<TValue>(string name) => default!;

        public void SetValue<TValue>(string name, TValue value)
        {
        }
    }

    private sealed class Bus : IMessageBus
    {
        public ConcurrentQueue<ITestResultMessage> Results { get; } = [];

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
