using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;

namespace Actors.Cluster;

/// <summary>
/// Mutual TLS between nodes, and between nodes and those who want VMs of them: each side must show a certificate of the one authority in the folder. The
/// machine's own list of authorities doesn't count, so nobody who can buy a certificate gets in.
/// </summary>
internal static class NodeTls
{
    /// <summary>What goes before an actor system's configuration.</summary>
    public static Config Settings { get; } = ConfigurationFactory.ParseString("akka.remote.dot-netty.tcp { enable-ssl = true, ssl.suppress-validation = false, ssl.require-mutual-authentication = true }");

    /// <summary>What goes into an actor system's set-up.</summary>
    /// <param name="folder">Folder with the three files.</param>
    /// <exception cref="NodeStartException">The files don't hold what they should.</exception>
    public static Setup SetupOf(string folder)
    {
        try
        {
            var authority = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, NodeCertificates.AuthorityFile));
            var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder, NodeCertificates.CertificateFile), Path.Combine(folder, NodeCertificates.KeyFile));
            if (!IsOf(certificate, authority))
                throw new NodeStartException($"{Path.Combine(folder, NodeCertificates.CertificateFile)} is not of the authority in {NodeCertificates.AuthorityFile}, or not valid today");
            return new DotNettySslSetup(certificate, false, true, (peer, _, _, _, _) => peer is not null && IsOf(peer, authority));
        }
        catch (Exception broken) when (broken is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new NodeStartException($"the certificates in '{folder}' can't be used: {(broken is ArgumentException ? $"{NodeCertificates.KeyFile} is not the key of {NodeCertificates.CertificateFile}" : broken.Message.TrimEnd('.'))}", broken);
        }
    }

    /// <summary>True for a certificate of the authority that is valid now.</summary>
    public static bool IsOf(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        return certificate.RawData.Length > 0 && !certificate.RawData.AsSpan().SequenceEqual(authority.RawData) && chain.Build(certificate);
    }
}
