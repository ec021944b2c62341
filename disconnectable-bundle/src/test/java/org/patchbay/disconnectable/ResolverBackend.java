package org.patchbay.disconnectable;

import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.Endpoint;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.RssConfig;

/**
 * A vendor's component as Declarative Services makes it of a configuration: refuses a colour other
 * than red or blue with a sentence, else registers an endpoint. With {@code silent} it does
 * neither.
 */
public final class ResolverBackend implements Endpoint {

  private @Nullable ServiceRegistration<Endpoint> registration;

  /** Called by Declarative Services. */
  public void activate(BundleContext context, Map<String, Object> properties) {
    Object colour = properties.get("colour");
    if ("silent".equals(colour)) {
      return;
    }
    if (!"red".equals(colour) && !"blue".equals(colour)) {
      throw new IllegalArgumentException("colour is '" + colour + "'; allowed are red and blue");
    }
    Hashtable<String, Object> service = new Hashtable<>();
    service.put(PROPERTY_NAME, properties.get("name"));
    service.put(PROPERTY_TYPE, "coloured");
    service.put("service.pid", properties.get("service.pid"));
    registration = context.registerService(Endpoint.class, this, service);
  }

  /** Called by Declarative Services. */
  public void deactivate() {
    ServiceRegistration<Endpoint> present = registration;
    if (present != null) {
      present.unregister();
    }
  }

  @Override
  public String endpointType() {
    return "coloured";
  }

  @Override
  public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss) {
    throw new UnsupportedOperationException("these tests open no queues");
  }

  @Override
  public void stop() {}
}
