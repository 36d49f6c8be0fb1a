using OpenTelemetry.Exporter;

namespace Actors.Cli;

/// <summary>Where spans and metrics go: the option <c>--otlp</c>, else OpenTelemetry's own variables.</summary>
/// <param name="Endpoint">Base address.</param>
/// <param name="Protocol">How it is spoken to.</param>
/// <param name="Name">How the address is called in sentences.</param>
internal sealed record OtlpOptions(Uri Endpoint, OtlpExportProtocol Protocol, string Name)
{
    /// <summary>How long what waits is sent for at the end.</summary>
    public int PatienceMilliseconds { get; init; } = 5000;

    /// <summary>The option's name.</summary>
    public const string Option = "--otlp";

    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";
    private const string DisabledVariable = "OTEL_SDK_DISABLED";

    /// <summary>What was said; null inside: nothing is exported.</summary>
    public static Parsed<OtlpChoice> Parse(Said? option, Func<string, string?> variable)
    {
        var said = option ?? (variable(EndpointVariable) is { Length: > 0 } endpoint ? new Said(endpoint, EndpointVariable) : null);
        if (said is not var (text, source) || (option is null && string.Equals(variable(DisabledVariable), "true", StringComparison.OrdinalIgnoreCase)))
            return new OtlpChoice(null);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            return new Mistake($"{source} is an address such as http://127.0.0.1:4318, not '{text}'");
        OtlpExportProtocol? protocol = variable(ProtocolVariable) switch
        {
            null or "" or "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
#pragma warning disable CS0618 // Deprecated for old frameworks only; a collector may speak nothing else.
            "grpc" => OtlpExportProtocol.Grpc,
#pragma warning restore CS0618
            _ => null,
        };
        return protocol is { } known
            ? new OtlpChoice(new OtlpOptions(address, known, text))
            : new Mistake($"{ProtocolVariable} is http/protobuf or grpc, not '{variable(ProtocolVariable)}'");
    }

    /// <summary>Says it to an exporter.</summary>
    /// <param name="exporter">The exporter's options.</param>
    /// <param name="signal"><c>traces</c> or <c>metrics</c>.</param>
    public void Apply(OtlpExporterOptions exporter, string signal)
    {
        exporter.Protocol = Protocol;
        exporter.TimeoutMilliseconds = Math.Max(exporter.TimeoutMilliseconds, PatienceMilliseconds);

        // Over HTTP each signal has its path below the base address; the exporter adds it only to addresses of its variables.
        exporter.Endpoint = Protocol == OtlpExportProtocol.HttpProtobuf ? new Uri(Endpoint.AbsoluteUri.TrimEnd('/') + "/v1/" + signal) : Endpoint;
    }
}

/// <summary>A choice of <see cref="OtlpOptions"/>.</summary>
/// <param name="Options">Null: nothing is exported.</param>
internal sealed record OtlpChoice(OtlpOptions? Options);
