namespace Actors.Simulation;

/// <summary>What the signs of a sequence chart mean.</summary>
internal static class SequenceLegend
{
    /// <summary>The element.</summary>
    public const string Markup = """
        <div class="legend">
        <span><svg width="34" height="12"><path class="arrow" d="M1,6H24"/><path class="head" d="M32,6 l-8,-4 l0,8 Z"/></svg>delivered</span>
        <span><svg width="34" height="14"><path class="arrow lost" d="M1,7H24"/><path class="sign lost" d="M19,2 l10,10 M29,2 l-10,10"/></svg>dropped</span>
        <span><svg width="34" height="14"><path class="arrow twice" d="M1,5H24 M1,9H24"/><path class="head twice" d="M32,7 l-8,-4 l0,8 Z"/></svg>duplicated</span>
        <span><svg width="34" height="16"><path class="arrow late" d="M1,8H24"/><path class="head late" d="M32,8 l-8,-4 l0,8 Z"/><circle class="sign late" cx="12" cy="8" r="6"/><path class="sign late" d="M12,4V8L15,9.5"/></svg>delayed</span>
        <span><svg width="14" height="20"><path class="bolt" transform="translate(7 10)" d="M2,-9 L-5,2 L-0.5,2 L-2,9 L5,-2 L0.5,-2 Z"/></svg>fault</span>
        <span><svg width="14" height="20"><path class="bolt crash" transform="translate(7 10)" d="M2,-9 L-5,2 L-0.5,2 L-2,9 L5,-2 L0.5,-2 Z"/></svg>crash</span>
        <span><svg width="12" height="12"><circle class="back" cx="6" cy="6" r="5"/></svg>restart, heal</span>
        </div>

        """;
}
