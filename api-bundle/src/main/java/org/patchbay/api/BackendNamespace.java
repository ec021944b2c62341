package org.patchbay.api;

/**
 * The capability namespace {@code org.patchbay.backend}: a bundle that makes endpoints of a type
 * says so in its manifest, where a resolver, the console and {@code create} find it.
 *
 * <pre>{@code
 * Provide-Capability: org.patchbay.backend;org.patchbay.backend=tap;
 *   version:Version="0.1.0";vendor=Patchbay;pid="org.patchbay.tap"
 * }</pre>
 *
 * <p>{@link ProvidesBackend} on the class that makes the endpoints writes it. A bundle that needs
 * some backend of a type, whoever made it, requires it so:
 *
 * <pre>{@code
 * Require-Capability: org.patchbay.backend;filter:="(org.patchbay.backend=tap)"
 * }</pre>
 *
 * <table>
 * <caption>Attributes</caption>
 * <tr><th>attribute</th><th>type</th><th>what</th></tr>
 * <tr><td>{@code org.patchbay.backend}</td><td>String</td>
 *   <td>the backend type, as in {@link Endpoint#PROPERTY_TYPE}; required</td></tr>
 * <tr><td>{@code version}</td><td>Version</td><td>the backend's version; required</td></tr>
 * <tr><td>{@code vendor}</td><td>String</td><td>who made it; left out if the bundle's {@code Bundle-Vendor} says it</td></tr>
 * <tr><td>{@code pid}</td><td>String</td>
 *   <td>the factory PID whose configurations make endpoints; left out if there are
 *   endpoints without configuration</td></tr>
 * </table>
 *
 * <p>There are no directives of its own. One bundle may provide several types.
 */
public final class BackendNamespace {

  /** Name of the namespace; the attribute of the same name holds the type. */
  public static final String BACKEND_NAMESPACE = "org.patchbay.backend";

  /** The backend's version, a {@code org.osgi.framework.Version}. */
  public static final String CAPABILITY_VERSION_ATTRIBUTE = "version";

  /** The vendor's name, a String. */
  public static final String CAPABILITY_VENDOR_ATTRIBUTE = "vendor";

  /** The factory PID whose configurations make endpoints of the type, a String. */
  public static final String CAPABILITY_PID_ATTRIBUTE = "pid";

  private BackendNamespace() {}
}
