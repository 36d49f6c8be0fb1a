using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Actors.Cluster;

/// <summary>Files of a TLS folder, and how to make some for tests.</summary>
internal static class NodeCertificates
{
    /// <summary>The authority whose certificates are believed, and no other's.</summary>
    public const string AuthorityFile = "ca.pem";

    /// <summary>The authority's key: for making more, never needed by a node.</summary>
    public const string AuthorityKeyFile = "ca.key";

    /// <summary>The node's certificate.</summary>
    public const string CertificateFile = "node.pem";

    /// <summary>Its private key.</summary>
    public const string KeyFile = "node.key";

    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>All files, in the order in which they are written.</summary>
    public static IReadOnlyList<string> Files { get; } = [AuthorityFile, AuthorityKeyFile, CertificateFile, KeyFile];

    /// <summary>Makes an authority and one certificate with all names, for server and client.</summary>
    /// <param name="folder">Made if it isn't there; none of the files may be.</param>
    /// <param name="names">DNS names and addresses.</param>
    /// <param name="from">Since when they are valid.</param>
    /// <param name="until">Until when.</param>
    public static void Make(string folder, IReadOnlyList<string> names, DateTimeOffset from, DateTimeOffset until)
    {
        Directory.CreateDirectory(folder);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Actors test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        authorityRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(authorityRequest.PublicKey, false));
        using var authority = authorityRequest.CreateSelfSigned(from, until);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={names[0]}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using var certificate = request.Create(authority, from, until, serial);

        Write(folder, AuthorityFile, authority.ExportCertificatePem());
        Write(folder, AuthorityKeyFile, authorityKey.ExportPkcs8PrivateKeyPem());
        Write(folder, CertificateFile, certificate.ExportCertificatePem());
        Write(folder, KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    private static void Write(string folder, string name, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnersOnly;
        using var writer = new StreamWriter(Path.Combine(folder, name), options);
        writer.Write(text);
        writer.Write('\n');
    }
}
