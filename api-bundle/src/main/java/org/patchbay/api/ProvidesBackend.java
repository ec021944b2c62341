package org.patchbay.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.annotation.bundle.Attribute;
import org.osgi.annotation.bundle.Capability;

/**
 * Declares, on the class that makes its endpoints, that a bundle offers a backend type: bnd writes
 * the capability that {@link BackendNamespace} describes into the bundle's manifest.
 *
 * <pre>{@code
 * @ProvidesBackend(type = "tap", vendor = "Patchbay", version = "0.1.0", pid = "org.patchbay.tap")
 * }</pre>
 */
@Capability(namespace = BackendNamespace.BACKEND_NAMESPACE)
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.CLASS)
public @interface ProvidesBackend {

  /** The backend type, as in {@link Endpoint#PROPERTY_TYPE}. */
  @Attribute(BackendNamespace.BACKEND_NAMESPACE)
  String type();

  /** The vendor's name; if empty, the bundle's {@code Bundle-Vendor} counts. */
  @Attribute(BackendNamespace.CAPABILITY_VENDOR_ATTRIBUTE)
  String vendor() default "";

  /**
   * The backend's version, {@code major.minor.micro.qualifier}. If empty, the bundle's own counts
   * wherever a version is shown; a resolver, which sees the capability alone, then finds none. (A
   * macro for the bundle's version cannot stand here: bnd expands none in an annotation.)
   */
  @Attribute(BackendNamespace.CAPABILITY_VERSION_ATTRIBUTE + ":Version")
  String version() default "";

  /** The factory PID whose configurations make endpoints of this type; none if empty. */
  @Attribute(BackendNamespace.CAPABILITY_PID_ATTRIBUTE)
  String pid() default "";
}
