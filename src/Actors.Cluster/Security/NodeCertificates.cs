namespace Actors.Cluster;

/// <summary>Files of a TLS folder.</summary>
internal static class NodeCertificates
{
    /// <summary>The authority whose certificates are believed, and no other's.</summary>
    public const string AuthorityFile = "ca.pem";

    /// <summary>The node's certificate.</summary>
    public const string CertificateFile = "node.pem";

    /// <summary>Its private key.</summary>
    public const string KeyFile = "node.key";
}
