using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>The ports' side of the rig.</summary>
internal sealed partial class CrashRig
{
    /// <summary>A port with its backend; the core outlives its actor, the effects are the actor's.</summary>
    internal sealed class PortEnd : IPortEffects, IPortBackendEvents
    {
        private readonly CrashRig _rig;
        private readonly int _index;
        private readonly SharedStream _stream;
        private bool _isYielding;
        private bool _isSignalled;
        private bool _mustResume;

        public PortEnd(CrashRig rig, int index, ConsolePortSpec spec)
        {
            _rig = rig;
            _index = index;
            _stream = new SharedStream(spec.Name, int.MaxValue);
            Assert.Equal(BackendStatus.Done, _stream.Claim(new FencingToken(1)).Status);
            Backend = new MemoryBackend(this, int.MaxValue, _stream, new FencingToken(1));
            Open = new OpenPort(spec, Backend, new PortEvents(), wasConnected: true);
            Core = Open.CoreFor(index, this, new CrashPoints(rig, new VmId(1), index));
        }

        public OpenPort Open { get; private set; }

        public MemoryBackend Backend { get; private set; }

        public Port Core { get; private set; }

        /// <summary>Another node opens the backend.</summary>
        public void Reopen(DeviceRecord record, ulong fence)
        {
            Assert.Equal(BackendStatus.Done, _stream.Claim(new FencingToken(fence)).Status);
            Backend = new MemoryBackend(this, int.MaxValue, _stream, new FencingToken(fence));
            Open = new OpenPort(Open.Spec, Backend, new PortEvents(), wasConnected: true, record);
            Core = Open.CoreFor(_index, this, new CrashPoints(_rig, new VmId(1), _index));
            _isYielding = _isSignalled = _mustResume = false;
            Assert.True(Core.TryPlace());
            Core.Begin();
        }

        public void Adopted(in PortOrigin origin) => _rig.Origins.Add(origin);

        public bool HasTurn => _isYielding || _isSignalled || _mustResume;

        public void Begin() => Core.Begin();

        public void Restart()
        {
            Open.Supersede();
            _isYielding = false;
            _mustResume = true;
        }

        public void ResumeIfDue()
        {
            if (!_mustResume)
                return;
            _mustResume = false;
            Core.Resume(this);
        }

        public void TakeTurn()
        {
            var signalled = _isSignalled;
            _isSignalled = false;
            _isYielding = false;
            if (signalled)
                Core.Signalled();
            else
                Core.Turn();
        }

        public void Take(object message)
        {
            switch (message)
            {
                case PortHop.Write write:
                    Core.Take(write);
                    break;
                case PortHop.Grant grant:
                    Core.Take(grant);
                    break;
                case PortHop.Resume resume:
                    Core.Take(resume);
                    break;
                case PortHop.Emergency emergency:
                    Core.Take(emergency);
                    break;
            }
        }

        public void Send(PortHop.Status status) => _rig.Post(status, _index);

        public void Send(PortHop.Input input) => _rig.Post(input, _index);

        public void Watch()
        {
        }

        public void YieldTurn() => _isYielding = true;

        public void WaitSecond()
        {
        }

        public void Moved(bool output, long bytes)
        {
        }

        public void Complain(string complaint)
        {
        }

        public void Signal(BackendInterest ready) => _isSignalled = true;
    }
}
