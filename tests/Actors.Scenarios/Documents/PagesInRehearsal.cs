namespace Actors.Scenarios;

// A class a page: xunit runs classes beside each other, and cases of one class one after the other.

public sealed class ReadmePage
{
    private const string Page = "README.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class TutorialPage
{
    private const string Page = "docs/tutorial.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class ScaleTutorialPage
{
    private const string Page = "docs/tutorial-scale.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class ChaosPage
{
    private const string Page = "docs/chaos.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class PathPage
{
    private const string Page = "docs/path.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class PicturesPage
{
    private const string Page = "docs/pictures.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class ReferencePage
{
    private const string Page = "docs/reference.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class SpecificationPage
{
    private const string Page = "docs/specification.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class DeployPage
{
    private const string Page = "deploy/README.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class TestKitTutorialPage
{
    private const string Page = "docs/tutorial-testkit.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}

public sealed class SamplesPage
{
    private const string Page = "samples/README.md";

    [SkippableTheory]
    [Rehearsals(Page)]
    public Task Does_what_it_says(string command) => Rehearsing.PlayAsync(Page, command);
}
