{{/* The services, in the order in which they are migrated. */}}
{{- define "nexivohr.services" -}}
candidates jobs submissions webhooks gateway
{{- end -}}

{{- define "nexivohr.name" -}}
{{- printf "%s-%s" (.root.Release.Name | trunc 40 | trimSuffix "-") .service -}}
{{- end -}}

{{- define "nexivohr.image" -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}

{{/* What selects the pods of a service; of all services without one. */}}
{{- define "nexivohr.selector" -}}
app.kubernetes.io/name: nexivohr
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .service }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "nexivohr.labels" -}}
{{ include "nexivohr.selector" . }}
app.kubernetes.io/version: {{ default .root.Chart.AppVersion .root.Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "nexivohr.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "nexivohr.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* The environment that all programs have: what is a secret comes by a file. */}}
{{- define "nexivohr.env" -}}
- { name: DATABASE_URL_FILE, value: /run/secrets/nexivohr/{{ .service }}-database-url }
- { name: NATS_URL_FILE, value: /run/secrets/nexivohr/{{ .bus }}-nats-url }
{{- range $name, $value := merge (dict) .settings .root.Values.settings }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- end -}}

{{/* How many connections to Postgres one replica makes at most; docs/operate-postgres.md. */}}
{{- define "nexivohr.connections" -}}
{{- $pool := int .root.Values.postgres.poolSize -}}
{{- $reads := max 2 (int (round (mulf $pool 0.4) 0)) -}}
{{- add $pool 1 $reads (ternary 4 0 (has .service (list "gateway" "webhooks"))) -}}
{{- end -}}

{{/* How many replicas of a service there are at most, one more while it is replaced. */}}
{{- define "nexivohr.mostReplicas" -}}
{{- $of := index .root.Values .service -}}
{{- $most := $of.replicas -}}
{{- if $of.autoscaling.enabled }}{{ $most = $of.autoscaling.maxReplicas }}{{ end -}}
{{- if dig "keda" "enabled" false $of }}{{ $most = $of.keda.maxReplicas }}{{ end -}}
{{- add1 $most -}}
{{- end -}}
