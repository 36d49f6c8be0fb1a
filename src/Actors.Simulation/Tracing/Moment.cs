namespace Actors.Simulation;

/// <summary>When something happened in a world, and because of what.</summary>
/// <param name="Ticks">Virtual time in ticks of 100 ns since the run's begin.</param>
/// <param name="Step">Number of the step (one message taken, or one timer) in which it happened; 0 before the first.</param>
/// <param name="Sequence">Number of the event in the trace, from 1.</param>
/// <param name="Cause">Sequence of the event that led to it: of a receive, its send; of anything else, the receive or timer under way; 0: none.</param>
/// <param name="Actor">Number of the actor at work (see <see cref="WorldTrace.ActorName"/>); -1: the world itself.</param>
public readonly record struct Moment(long Ticks, long Step, int Sequence, int Cause, int Actor);
