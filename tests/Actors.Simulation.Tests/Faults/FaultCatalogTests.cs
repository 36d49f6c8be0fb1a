using System.Globalization;

namespace Actors.Simulation.Tests;

public sealed class FaultCatalogTests
{
    [Fact]
    public void Every_row_is_there()
    {
        int[] rows = [.. Enumerable.Range(1, 68), .. Enumerable.Range(69, 16), 86, 88, 89];
        var wanted = rows.Select(row => string.Create(CultureInfo.InvariantCulture, $"F{row:00}"));

        Assert.Equal(wanted, FaultCatalog.Rows);
    }

    [Fact]
    public void Every_row_is_found_by_its_name_and_by_site_and_verb()
    {
        foreach (var row in FaultCatalog.Rows)
        {
            Assert.Equal(row, FaultCatalog.Find(row, null, null)!.Row);
            foreach (var kind in FaultCatalog.Of(row))
            {
                foreach (var site in kind.Sites)
                    Assert.Same(kind, FaultCatalog.Find(row, site, kind.Do));
            }
        }
    }

    [Fact]
    public void A_site_and_a_verb_mean_one_kind()
    {
        var named = FaultCatalog.All.SelectMany(kind => kind.Sites.Select(site => (site, kind.Do, kind.Row))).GroupBy(one => (one.site, one.Do)).Where(group => group.Count() > 1);

        Assert.Empty(named.Select(group => group.Key));
    }

    [Fact]
    public void Every_site_is_known()
    {
        Assert.Empty(FaultCatalog.All.SelectMany(kind => kind.Sites).Except(FaultSites.All));
        Assert.Empty(FaultSites.All.Except(FaultCatalog.All.SelectMany(kind => kind.Sites)));
    }

    [Fact]
    public void What_is_not_there_is_not_found()
    {
        Assert.Null(FaultCatalog.Find("F85", null, null));
        Assert.Null(FaultCatalog.Find(null, "irq.raise", "short"));
    }
}
