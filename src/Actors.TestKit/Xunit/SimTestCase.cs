using System.ComponentModel;
using System.Reflection;
using Actors.Simulation;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Actors.TestKit;

/// <summary>A test that is run once for each seed.</summary>
public sealed class SimTestCase : XunitTestCase
{
    private string _plan = string.Empty;
    private ulong _from;
    private int _seeds;
    private bool _mayBeVacuous;

    /// <summary>For xunit's deserializer.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For xunit's deserializer")]
    public SimTestCase()
    {
    }

    private SimTestCase(IMessageSink sink, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod method, IAttributeInfo attribute, string plan)
        : base(sink, display, options, method)
    {
        _plan = plan;
        _from = attribute.GetNamedArgument<ulong>(nameof(SimFactAttribute.From));
        _seeds = attribute.GetNamedArgument<int>(nameof(SimFactAttribute.Seeds));
        _mayBeVacuous = attribute.GetNamedArgument<bool>(nameof(SimFactAttribute.MayBeVacuous));
    }

    /// <inheritdoc/>
    public override Task<RunSummary> RunAsync(
        IMessageSink diagnosticMessageSink, IMessageBus messageBus, object[] constructorArguments, ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource) =>
        new CaseRunner(this, constructorArguments, messageBus, aggregator, cancellationTokenSource).RunAsync();

    /// <inheritdoc/>
    public override void Serialize(IXunitSerializationInfo data)
    {
        base.Serialize(data);
        data.AddValue("plan", _plan);
        data.AddValue("from", _from.ToString(System.Globalization.CultureInfo.InvariantCulture));
        data.AddValue("seeds", _seeds);
        data.AddValue("vacuous", _mayBeVacuous);
    }

    /// <inheritdoc/>
    public override void Deserialize(IXunitSerializationInfo data)
    {
        base.Deserialize(data);
        _plan = data.GetValue<string>("plan");
        _from = ulong.Parse(data.GetValue<string>("from"), System.Globalization.CultureInfo.InvariantCulture);
        _seeds = data.GetValue<int>("seeds");
        _mayBeVacuous = data.GetValue<bool>("vacuous");
    }

    internal static SimTestCase Of(IMessageSink sink, ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo attribute, string plan) =>
        new(sink, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method, attribute, plan);

    /// <inheritdoc/>
    protected override string GetDisplayName(IAttributeInfo factAttribute, string displayName)
    {
        var name = base.GetDisplayName(factAttribute, displayName);
        return _plan.Length == 0 ? name : $"{name}(plan: {Path.GetFileName(_plan)})";
    }

    /// <inheritdoc/>
    protected override string GetUniqueID() => _plan.Length == 0 ? base.GetUniqueID() : $"{base.GetUniqueID()} {_plan}";

    private void Run(MethodInfo method, object? instance)
    {
        if (method.ReturnType != typeof(void) || method.GetParameters() is not [{ ParameterType: var type }] || type != typeof(SimWorld))
            throw new InvalidOperationException($"{method.Name} must take one SimWorld and return nothing: a world runs on one thread, in virtual time.");
        using var seeds = new SimSeeds(Load(method));
        seeds.Run(
            world =>
            {
                try
                {
                    method.Invoke(instance, [world]);
                }
                catch (TargetInvocationException thrown) when (thrown.InnerException is not null)
                {
                    System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(thrown.InnerException);
                }
            },
            _from,
            _seeds,
            _mayBeVacuous);
    }

    private Plan Load(MethodInfo method)
    {
        if (_plan.Length == 0)
            return new Plan { Name = method.Name.Replace('_', ' ') };
        var reading = PlanFile.Read(_plan);
        return reading.Plan ?? throw new InvalidOperationException(string.Join('\n', reading.Errors));
    }

    private sealed class CaseRunner(SimTestCase test, object[] constructorArguments, IMessageBus bus, ExceptionAggregator aggregator, CancellationTokenSource stop)
        : XunitTestCaseRunner(test, test.DisplayName, test.SkipReason, constructorArguments, NoArguments, bus, aggregator, stop)
    {
        private static readonly object[] NoArguments = [];

        protected override XunitTestRunner CreateTestRunner(
            ITest test, IMessageBus messageBus, Type testClass, object[] constructorArguments, MethodInfo testMethod, object[] testMethodArguments, string skipReason,
            IReadOnlyList<BeforeAfterTestAttribute> beforeAfterAttributes, ExceptionAggregator aggregator, CancellationTokenSource cancellationTokenSource) =>
            new OneRunner(test, messageBus, testClass, constructorArguments, testMethod, skipReason, beforeAfterAttributes, aggregator, cancellationTokenSource);
    }

    /// <summary>The argument is a world for each seed, which only the invoker makes.</summary>
    private sealed class OneRunner(
        ITest test, IMessageBus bus, Type type, object[] constructorArguments, MethodInfo method, string skipReason,
        IReadOnlyList<BeforeAfterTestAttribute> attributes, ExceptionAggregator aggregator, CancellationTokenSource stop)
        : XunitTestRunner(test, bus, type, constructorArguments, method, new object[method.GetParameters().Length], skipReason, attributes, aggregator, stop)
    {
        protected override Task<decimal> InvokeTestMethodAsync(ExceptionAggregator aggregator) =>
            new Invoker(Test, MessageBus, TestClass, ConstructorArguments, TestMethod, TestMethodArguments, BeforeAfterAttributes, aggregator, CancellationTokenSource).RunAsync();
    }

    private sealed class Invoker(
        ITest test, IMessageBus bus, Type type, object[] constructorArguments, MethodInfo method, object[] arguments,
        IReadOnlyList<BeforeAfterTestAttribute> attributes, ExceptionAggregator aggregator, CancellationTokenSource stop)
        : XunitTestInvoker(test, bus, type, constructorArguments, method, arguments, attributes, aggregator, stop)
    {
        protected override object CallTestMethod(object testClassInstance)
        {
            ((SimTestCase)TestCase).Run(TestMethod, testClassInstance);
            return null!;
        }
    }
}
