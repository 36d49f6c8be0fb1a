using OpenTelemetry.Exporter;

namespace Actors.Cli.Tests;

public sealed class OtlpOptionsTests
{
    [Fact]
    public void Nothing_is_sent_unless_somebody_says_so()
    {
        Assert.Null(Parsed(null).Options);
        Assert.Null(Parsed(null, ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"), ("OTEL_SDK_DISABLED", "true")).Options);
    }

    [Fact]
    public void The_option_goes_before_the_variable()
    {
        (string, string) variable = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");

        Assert.Equal("collector", Parsed(null, variable).Options!.Endpoint.Host);
        Assert.Equal("127.0.0.1", Parsed("http://127.0.0.1:4318", variable).Options!.Endpoint.Host);
    }

    [Fact]
    public void Over_HTTP_each_signal_has_its_path()
    {
        var exporter = new OtlpExporterOptions();

        Parsed("http://127.0.0.1:4318/base/").Options!.Apply(exporter, "traces");

        Assert.Equal((new Uri("http://127.0.0.1:4318/base/v1/traces"), OtlpExportProtocol.HttpProtobuf), (exporter.Endpoint, exporter.Protocol));
    }

    [Theory]
    [InlineData("--otlp is an address such as http://127.0.0.1:4318, not 'collector:4318'", "collector:4318", "")]
    [InlineData("--otlp is an address such as http://127.0.0.1:4318, not 'x'", "x", "")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf or grpc, not 'http/json'", "http://127.0.0.1:4318", "http/json")]
    public void A_mistake_is_one_sentence(string sentence, string option, string protocol)
    {
        Assert.False(OtlpOptions.Parse(Said.By("--otlp", option), name => name == "OTEL_EXPORTER_OTLP_PROTOCOL" ? protocol : null).TryGet(out _, out var mistake));

        Assert.Equal(sentence, mistake.Sentence);
    }

    private static OtlpChoice Parsed(string? option, params (string Name, string Value)[] variables)
    {
        Assert.True(OtlpOptions.Parse(Said.By("--otlp", option), name => variables.FirstOrDefault(one => one.Name == name).Value).TryGet(out var choice, out _));
        return choice;
    }
}
