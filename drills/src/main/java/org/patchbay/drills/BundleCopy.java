package org.patchbay.drills;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.patchbay.drills.rig.RigException;

/** Makes strangers' bundles for drills: copies of a bundle of ours with other manifest headers. */
final class BundleCopy {
  /** The header with a bundle's name. */
  static final String NAME_HEADER = "Bundle-SymbolicName";

  private BundleCopy() {}

  /**
   * A bundle with some headers replaced.
   *
   * @param headers values by name; an empty one takes the header away
   * @return the bytes of the jar
   */
  static byte[] bytes(Path from, Map<String, String> headers) throws RigException {
    return bytes(from, headers, text -> text);
  }

  /**
   * A bundle of loopback-bundle's code with a symbolic name and an endpoint of its own, as a
   * stranger would have made it.
   *
   * @param name of the endpoint; the bundle is {@code com.example.NAME}
   */
  static byte[] ofLoopback(Path loopback, String name, String version) throws RigException {
    return bytes(
        loopback,
        Map.of(
            NAME_HEADER,
            "com.example." + name,
            "Bundle-Version",
            version,
            "Provide-Capability",
            "org.patchbay.backend;org.patchbay.backend=" + name),
        text -> text.replace("value=\"loopback\"", "value=\"" + name + "\""));
  }

  private static byte[] bytes(
      Path from, Map<String, String> headers, UnaryOperator<String> components)
      throws RigException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (InputStream file = Files.newInputStream(from);
        JarInputStream jar = new JarInputStream(file)) {
      Manifest manifest = jar.getManifest();
      headers.forEach(
          (name, value) -> {
            if (value.isEmpty()) {
              manifest.getMainAttributes().remove(new Attributes.Name(name));
            } else {
              manifest.getMainAttributes().putValue(name, value);
            }
          });
      try (JarOutputStream copy = new JarOutputStream(bytes, manifest)) {
        for (JarEntry entry = jar.getNextJarEntry(); entry != null; entry = jar.getNextJarEntry()) {
          copy.putNextEntry(new JarEntry(entry.getName()));
          if (entry.getName().startsWith("OSGI-INF/") && !entry.isDirectory()) {
            String text = new String(jar.readAllBytes(), StandardCharsets.UTF_8);
            copy.write(components.apply(text).getBytes(StandardCharsets.UTF_8));
          } else {
            jar.transferTo(copy);
          }
          copy.closeEntry();
        }
      }
    } catch (IOException e) {
      throw new RigException(from + " can't be copied: " + e.getMessage(), e);
    }
    return bytes.toByteArray();
  }

  /** Writes such a bundle. */
  static Path write(Path from, Map<String, String> headers, Path to) throws RigException {
    return write(bytes(from, headers), to);
  }

  /** Writes bytes to a file. */
  static Path write(byte[] bytes, Path to) throws RigException {
    try {
      return Files.write(to, bytes);
    } catch (IOException e) {
      throw new RigException(to + " can't be written: " + e.getMessage(), e);
    }
  }
}
