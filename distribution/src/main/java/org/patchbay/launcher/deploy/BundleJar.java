package org.patchbay.launcher.deploy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;

/**
 * A jar that was read whole and found to be a bundle for this JVM.
 *
 * @param file where it lies
 * @param name its symbolic name
 * @param version its version
 * @param needs what it cannot be without
 * @param offers what it offers
 * @param digest tells its content from another's
 */
record BundleJar(
    Path file, String name, Version version, List<Need> needs, List<Offer> offers, String digest) {

  private static final String BACKEND_NAMESPACE = "org.patchbay.backend";
  private static final String API_FOLDER = "org/patchbay/api/";
  private static final String VERSIONED_FOLDER = "META-INF/versions/";

  /** The number of Java 1.0's class files, less one. */
  private static final int CLASS_VERSION_BASE = 44;

  private static final long MEBI = 1 << 20;

  /** More than this no bundle has, packed or not; it bounds how long one is read. */
  private static final long LARGEST = 512 * MEBI;

  private static final int BUFFER = 1 << 16;

  private static final int CLASS_MAGIC = 0xCAFEBABE;
  private static final int CLASS_HEADER = 8;

  /** What is left of the bytes that a jar may have when it is unpacked. */
  private static final class Unpacking {
    private final byte[] buffer = new byte[BUFFER];
    private final long largest;
    private long left;

    Unpacking(long largest) {
      this.largest = largest;
      this.left = largest;
    }

    /** Reads some bytes of an entry into the buffer; answers how many, or -1 at its end. */
    int read(InputStream entry) throws Refusal, IOException {
      int n = entry.read(buffer);
      left -= Math.max(0, n);
      if (left < 0) {
        throw new Refusal("it is larger than " + largest / MEBI + " MiB when it is unpacked");
      }
      return n;
    }
  }

  /**
   * Checks the size of a file before anything is done with it.
   *
   * @throws Refusal if no bundle is so large
   */
  static void requireSize(long bytes) throws Refusal {
    if (bytes > LARGEST) {
      throw new Refusal("it is larger than " + LARGEST / MEBI + " MiB");
    }
  }

  /**
   * Reads a jar.
   *
   * @throws Refusal if it is not a whole jar, too large, or not a bundle for this JVM
   * @throws IOException if the file cannot be read at all
   */
  static BundleJar read(Path file) throws Refusal, IOException {
    return read(file, LARGEST);
  }

  /** Reads a jar that may have only so many bytes when it is unpacked; for tests. */
  static BundleJar read(Path file, long largest) throws Refusal, IOException {
    try (JarFile jar = new JarFile(file.toFile(), false)) {
      Manifest manifest = jar.getManifest();
      String ownApi = null;
      int newest = 0;
      String newestClass = "";
      Unpacking unpacking = new Unpacking(largest);
      for (JarEntry entry : Collections.list(jar.entries())) {
        int java = readEntry(jar, entry, unpacking);
        if (java > newest) {
          newest = java;
          newestClass = entry.getName();
        }
        if (entry.getName().startsWith(API_FOLDER) && entry.getName().endsWith(".class")) {
          ownApi = entry.getName();
        }
      }
      BundleJar bundle = of(file, manifest);
      if (newest > Runtime.version().feature()) {
        throw new Refusal(
            "its class "
                + newestClass
                + " is made for Java "
                + newest
                + ", and this platform runs on Java "
                + Runtime.version().feature());
      }
      if (ownApi != null) {
        throw new Refusal(
            "it contains a copy of the API ("
                + ownApi
                + "), with which no frontend could talk to it; build it with api-bundle as a"
                + " provided dependency that it imports");
      }
      return bundle;
    } catch (ZipException | EOFException | IllegalArgumentException e) {
      // IllegalArgumentException: names of entries that are no text.
      throw new Refusal(
          "it is no whole jar file ("
              + e.getMessage()
              + "); if it is being copied, it will be tried"
              + " again when it has changed",
          e);
    }
  }

  /**
   * Reads an entry to its end, which checks it.
   *
   * @return the Java release that it is made for if it is a class of the bundle, else 0
   */
  private static int readEntry(JarFile jar, JarEntry entry, Unpacking unpacking)
      throws Refusal, IOException {
    ByteBuffer head = ByteBuffer.allocate(CLASS_HEADER);
    CRC32 checksum = new CRC32();
    try (InputStream bytes = new CheckedInputStream(jar.getInputStream(entry), checksum)) {
      for (int n = unpacking.read(bytes); n >= 0; n = unpacking.read(bytes)) {
        head.put(unpacking.buffer, 0, Math.min(n, head.remaining()));
      }
    }
    if (entry.getCrc() != -1 && entry.getCrc() != checksum.getValue()) {
      throw new ZipException("its entry " + entry.getName() + " is damaged");
    }
    boolean isClass =
        entry.getName().endsWith(".class")
            && !entry.getName().startsWith(VERSIONED_FOLDER)
            && !head.hasRemaining()
            && head.getInt(0) == CLASS_MAGIC;
    return isClass ? Short.toUnsignedInt(head.getShort(6)) - CLASS_VERSION_BASE : 0;
  }

  private static BundleJar of(Path file, @Nullable Manifest manifest) throws Refusal, IOException {
    if (manifest == null) {
      throw new Refusal("it is no bundle: it has no manifest");
    }
    Attributes headers = manifest.getMainAttributes();
    String symbolicName = headers.getValue(Constants.BUNDLE_SYMBOLICNAME);
    if (symbolicName == null) {
      throw new Refusal("it is no bundle: its manifest has no " + Constants.BUNDLE_SYMBOLICNAME);
    }
    String host = headers.getValue(Constants.FRAGMENT_HOST);
    if (host != null) {
      throw new Refusal(
          "it is a fragment of " + host + ", and only bundles that stand alone can be deployed");
    }
    try {
      String name = HeaderClause.parse(symbolicName).getFirst().paths().getFirst();
      Version version = Version.parseVersion(headers.getValue(Constants.BUNDLE_VERSION));
      return new BundleJar(
          file, name, version, Need.of(headers), Offer.of(headers, name, version), digest(file));
    } catch (IllegalArgumentException | NoSuchElementException e) {
      throw new Refusal("it is no bundle: its manifest cannot be read: " + e.getMessage(), e);
    }
  }

  private static String digest(Path file) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      try (InputStream bytes = new DigestInputStream(Files.newInputStream(file), digest)) {
        bytes.transferTo(OutputStream.nullOutputStream());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has it", e);
    }
  }

  /** Whether it makes endpoints. */
  boolean isBackend() {
    return offers.stream().anyMatch(offer -> offer.namespace().equals(BACKEND_NAMESPACE));
  }

  /** Name and version, for sentences. */
  String label() {
    return name + " " + version;
  }
}
