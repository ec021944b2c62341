package org.patchbay.launcher.deploy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Makes the bundles that tests drop. */
final class TestJar {
  private final Manifest manifest = new Manifest();
  private final Map<String, byte[]> entries = new LinkedHashMap<>();

  private TestJar() {
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
  }

  static TestJar plain() {
    return new TestJar();
  }

  static TestJar bundle(String name, String version) {
    return plain()
        .header("Bundle-ManifestVersion", "2")
        .header("Bundle-SymbolicName", name)
        .header("Bundle-Version", version);
  }

  TestJar header(String name, String value) {
    manifest.getMainAttributes().putValue(name, value);
    return this;
  }

  TestJar entry(String name, byte[] content) {
    entries.put(name, content);
    return this;
  }

  TestJar activator(Class<?> activator) {
    header("Bundle-Activator", activator.getName());
    header("Import-Package", "org.osgi.framework");
    return entry(activator.getName().replace('.', '/') + ".class", bytes(activator));
  }

  static byte[] bytes(Class<?> type) {
    try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
      return Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] bytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        jar.putNextEntry(new JarEntry(entry.getKey()));
        jar.write(entry.getValue());
        jar.closeEntry();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
