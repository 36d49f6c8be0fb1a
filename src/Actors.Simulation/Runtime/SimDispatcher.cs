using Akka.Configuration;
using Akka.Dispatch;

namespace Actors.Simulation;

/// <summary>Makes the one dispatcher of a host's actor system.</summary>
internal sealed class SimDispatcherConfigurator : MessageDispatcherConfigurator
{
    private readonly SimDispatcher _dispatcher;

    public SimDispatcherConfigurator(Config config, IDispatcherPrerequisites prerequisites)
        : base(config, prerequisites)
    {
        var setup = prerequisites.Settings.Setup.Get<SimSetup>();
        _dispatcher = new SimDispatcher(this, setup.Value.Host);
    }

    public override MessageDispatcher Dispatcher() => _dispatcher;
}

/// <summary>Instead of running mailboxes, says to the host that they can run.</summary>
internal sealed class SimDispatcher : MessageDispatcher
{
    private readonly SimHost _host;

    public SimDispatcher(MessageDispatcherConfigurator configurator, SimHost host)
        : base(configurator)
    {
        _host = host;
        Throughput = 1;
    }

    protected override void ExecuteTask(IRunnable run) => _host.Ready(run);

    protected override void Shutdown()
    {
    }
}
