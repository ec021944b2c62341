package org.patchbay.launcher.deploy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.Version;
import org.osgi.framework.namespace.BundleNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.resource.Capability;

/**
 * A capability that a bundle has, or would have if it were installed.
 *
 * @param namespace its namespace
 * @param attributes its attributes
 */
record Offer(String namespace, Map<String, Object> attributes) {

  /** What an installed bundle offers. */
  static List<Offer> of(Bundle bundle) {
    BundleRevision revision = bundle.adapt(BundleRevision.class);
    List<Offer> offers = new ArrayList<>();
    if (revision != null) { // it is null while the bundle is being uninstalled
      for (Capability capability : revision.getCapabilities(null)) {
        offers.add(new Offer(capability.getNamespace(), capability.getAttributes()));
      }
    }
    return offers;
  }

  /**
   * What a manifest says that its bundle offers.
   *
   * @throws IllegalArgumentException if a header cannot be read
   */
  static List<Offer> of(Attributes manifest, String name, Version version) {
    List<Offer> offers = new ArrayList<>();
    for (HeaderClause clause : HeaderClause.parse(manifest.getValue(Constants.EXPORT_PACKAGE))) {
      Object exported = clause.attributes().getOrDefault("version", "0");
      for (String path : clause.paths()) {
        Map<String, Object> attributes = new HashMap<>(clause.attributes());
        attributes.put(PackageNamespace.PACKAGE_NAMESPACE, path);
        attributes.put("version", Version.parseVersion(exported.toString()));
        offers.add(new Offer(PackageNamespace.PACKAGE_NAMESPACE, attributes));
      }
    }
    for (HeaderClause clause :
        HeaderClause.parse(manifest.getValue(Constants.PROVIDE_CAPABILITY))) {
      for (String namespace : clause.paths()) {
        offers.add(new Offer(namespace, clause.attributes()));
      }
    }
    offers.add(
        new Offer(
            BundleNamespace.BUNDLE_NAMESPACE,
            Map.of(BundleNamespace.BUNDLE_NAMESPACE, name, "bundle-version", version)));
    return offers;
  }
}
